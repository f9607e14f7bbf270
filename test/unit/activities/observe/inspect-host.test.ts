import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { inspectHost } from '../../../../src/activities/observe/inspect-host';
import type { Inspection } from '../../../../src/deployment/inspection';
import { ANSWERS } from '../../../harness/answers';
import { settings } from '../../../harness/deploy-input';
import { failsWith } from '../../../harness/fails-with';
import { FakeHost, Refusal } from '../../../harness/fake-host';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
beforeEach(() => {
  host.asked.length = 0;
  host.fullSudo = true;
});
after(() => host.stop());

const OURS = createHash('sha256').update('').digest('hex');
const THEIRS = 'f'.repeat(64);
const service = 'shop';
const refuse =
  (type: 'SetupNeeded' | 'InvalidRequest' | 'CommandFailed' | 'InvalidInput', words: string) => () => {
    throw new Refusal(type, words);
  };

/** A host where nothing runs, whose helper says that it is this one. */
function facts(sha256: string): object {
  const live = { ...ANSWERS.inspect.live, mainPid: 0 };
  return { ...ANSWERS.inspect, helper: { version: '0.2.0', sha256 }, live, kept: {} };
}

/** Inspects a host whose helper answers so; `setup` replaces it with the helper of this controller. */
async function inspected(
  helper: { inspect: () => unknown; version?: () => unknown },
  installs = true,
): Promise<Inspection & { note: string }> {
  host.answers = {
    ...helper,
    setup: () => {
      host.answers = { inspect: () => facts(OURS) };
      return { changed: true, actions: [], warnings: [] };
    },
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const asked = { service, settings: settings() };
  const input = {
    ...asked,
    host: host.target,
    environment: 'production',
    purpose: 'doctor',
    installs,
  } as const;
  return environment.run(inspectHost(host.dependencies), input);
}

describe('the first contact with a host', () => {
  test('asks a host that has the helper of this controller once', async () => {
    const { note } = await inspected({ inspect: () => facts(OURS) });
    assert.deepEqual(host.asked, ['inspect']);
    assert.doesNotMatch(note, /landfall-host/);
  });

  test('installs a helper that is missing, and asks again', async () => {
    const { note } = await inspected({ inspect: refuse('SetupNeeded', 'This host is not set up for shop.') });
    assert.deepEqual(host.asked, ['inspect', 'setup', 'inspect']);
    assert.match(note, /^installed landfall-host; /);
  });

  test('replaces a helper of another version that answers', async () => {
    const { note } = await inspected({ inspect: () => facts(THEIRS) });
    assert.deepEqual(host.asked, ['inspect', 'setup', 'inspect']);
    assert.match(note, /^installed landfall-host; /);
  });

  test('replaces a helper of another version that does not know the request, fails, or has another form', async () => {
    const version = () => ({ version: '0.1.0', sha256: THEIRS });
    const others = {
      refuses: refuse('InvalidRequest', 'There is no verb "inspect".'),
      fails: refuse('CommandFailed', 'landfall-host failed: KeyError in leftovers.'),
      'answers in another form': () => ({ nothing: true }),
    };
    for (const [how, inspect] of Object.entries(others)) {
      await inspected({ inspect, version });
      assert.deepEqual(host.asked.slice(-2), ['setup', 'inspect'], how);
    }
  });

  test('keeps the helper of this controller, whatever it refuses', async () => {
    const version = () => ({ version: '0.2.0', sha256: OURS });
    const inspect = refuse('CommandFailed', 'No such directory.');
    await failsWith(inspected({ inspect, version }), 'CommandFailed', /No such directory/);
    assert.equal(host.asked.includes('setup'), false);
  });

  test('where the deploying user may not do everything, a missing helper is refused, and another build is used', async () => {
    host.fullSudo = false;
    const inspect = refuse('SetupNeeded', 'This host is not set up for shop.');
    const { details } = await failsWith(
      inspected({ inspect }),
      'SetupNeeded',
      /web1: This host is not set up/,
    );
    assert.match(details.advice, /landfall setup web1 --env/);
    const { note } = await inspected({ inspect: () => facts(THEIRS) });
    assert.match(note, /^landfall-host is another build that speaks the same protocol; /);
    assert.equal(host.asked.includes('setup'), false);
  });

  test('installs nothing for a look that changes nothing', async () => {
    await inspected({ inspect: () => facts(THEIRS) }, false);
    await failsWith(
      inspected({ inspect: refuse('SetupNeeded', 'not set up') }, false),
      'SetupNeeded',
      /not set up/,
    );
    assert.deepEqual(host.asked, ['inspect', 'inspect']);
  });
});
