import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { awaitHost } from '../../../../src/activities/observe/await-host';
import type { Noted } from '../../../../src/activities/step';
import { FakeHost } from '../../../harness/fake-host';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

const waits = (): Promise<Noted> =>
  new MockActivityEnvironment().run(awaitHost(host.dependencies, 50), { service: 'shop', host: host.target });

test('a host is back when landfall-host answers, whatever its version', async () => {
  host.answers = { version: () => ({ version: '0', sha256: '0'.repeat(64) }) };
  assert.match((await waits()).note, /^the host answers after /);
  assert.deepEqual(host.asked, ['version']);
});

test('a host that boots and refuses all logins is not taken for one that no longer knows the key', async () => {
  host.dependencies.connections.close();
  host.letsIn = false;
  const waiting = waits();
  await host.turnedAway;
  host.letsIn = true;
  assert.match((await waiting).note, /^the host answers after /);
});
