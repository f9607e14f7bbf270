import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { repairHost } from '../../../src/activities/prepare/requests';
import type { HelperErrorType } from '../../../src/contract/answers';
import { FakeHost, Refusal } from '../../harness/fake-host';
import { failsWith } from '../ssh/access';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

const OURS = createHash('sha256').update('').digest('hex');

/** Asks a helper for something that it refuses; `sha256`: which one it says it is, null: it does not know that verb. */
function refused(message: string, sha256: string | null, type: HelperErrorType = 'InvalidRequest') {
  const refuse = (words: string, as: HelperErrorType) => () => {
    throw new Refusal(as, words);
  };
  host.answers = {
    repair: refuse(message, type),
    version:
      sha256 === null
        ? refuse('There is no verb "version".', 'InvalidRequest')
        : () => ({ version: '0.1.0', sha256 }),
  };
  const input = { service: 'shop', host: host.target, claim: { fence: 1, seq: 0 } };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run(repairHost(host.dependencies), input);
}

const FORMS = [
  "The request's fields: has an unknown field 'timeoutMilliseconds'.",
  "The request's fields: lacks the field 'timeoutSeconds'.",
  "The request's fields: headers: must be a header field.",
  'There is no verb "repair".',
];

test('a request that a helper of another version does not know leads to landfall setup, not to landfall.yaml', async () => {
  for (const message of FORMS) {
    for (const theirs of ['f'.repeat(64), null]) {
      const { details } = await failsWith(
        refused(message, theirs),
        'SetupNeeded',
        /^landfall-host on web1 is another version than this controller, .* web1: (The request's|There is no verb)/,
      );
      assert.match(details.advice, /landfall setup web1 --env/);
    }
  }
});

test("a helper of this version that refuses a request's form has a reason", async () => {
  for (const message of FORMS) {
    const { details } = await failsWith(refused(message, OURS), 'InvalidInput', /^web1: /);
    assert.match(details.advice, /Correct the named value/);
  }
});

test('what a helper of another version refuses for another reason is told as it is', async () => {
  for (const message of ['Release 1-abcdef0 is not there.', ...FORMS])
    await failsWith(refused(message, 'f'.repeat(64), 'InvalidInput'), 'InvalidInput', /^web1: /);
});
