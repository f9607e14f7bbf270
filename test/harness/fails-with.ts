import assert from 'node:assert/strict';
import { type FailureType, failureOf, type KnownFailure } from '../../src/deployment/failures';

/** Waits for the failure that must come. @returns it, for a closer look */
export async function failsWith(
  work: Promise<unknown>,
  type: FailureType,
  says: RegExp,
): Promise<KnownFailure> {
  const error = await work.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  const failure = failureOf(error);
  assert.ok(failure !== null, String(error));
  assert.equal(failure.type, type, failure.message);
  assert.match(failure.message, says);
  assert.notEqual(failure.details.advice, '');
  return failure;
}
