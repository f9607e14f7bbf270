import assert from 'node:assert/strict';
import type { HostTarget } from '../../../src/config/deploy-input';
import { type FailureType, failureOf, type KnownFailure } from '../../../src/deployment/failures';
import { HostConnections } from '../../../src/ssh/connections';
import type { TestHost } from '../../harness/hosts';

/** A test host as the worker is told of it. */
export function targetOf(host: TestHost, changes: Partial<HostTarget> = {}): HostTarget {
  const { address, port, user } = host;
  return { name: 'web1', address, port, user, bind: { host: address, port: 8000 }, ...changes };
}

export function connectionsTo(
  host: TestHost,
  changes: { knownHosts?: string; keyFiles?: string[]; idleMs?: number } = {},
) {
  return new HostConnections({ keyFiles: [host.keyFile], knownHosts: host.knownHostsFile, ...changes });
}

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
