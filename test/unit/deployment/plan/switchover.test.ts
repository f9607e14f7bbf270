import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../../src/deployment/inspection';
import { refusalsOf } from '../../../../src/deployment/plan/refusals';
import { noticesOf, switchoverOf } from '../../../../src/deployment/plan/switchover';
import { serverOf } from '../../../../src/deployment/server';
import { hostTarget, settings } from '../../../harness/deploy-input';
import { BESIDE, listening, NO_SOCKET } from '../../../harness/inspections';

const MiB = 1 << 20;

/** A host on which an instance runs, with room for another one. */
const ROOMY: Inspection = {
  ...BESIDE,
  liveUnit: 'shop@4-1a2b3c4.service',
  memory: { live: 400 * MiB, available: 600 * MiB },
};
const available = (bytes: number) => ({ memory: { live: 400 * MiB, available: bytes } });

function plan(changes: Partial<Inspection> = {}, more: Parameters<typeof settings>[0] = {}) {
  const wanted = settings({ strategy: 'overlap', ...more });
  const facts = { ...ROOMY, ...changes };
  const switchover = switchoverOf(facts, wanted, hostTarget('web1').bind);
  assert.ok(switchover);
  const asked = { goesBack: false, fixForward: false, stopFirst: false, takesOver: false };
  const host = hostTarget('web1');
  const refusals = refusalsOf(facts, { service: 'shop', host, settings: wanted, ...asked });
  return { ...switchover, refusals, notices: noticesOf(facts, wanted, host.bind) };
}

function refusal(...args: Parameters<typeof plan>): { message: string; advice: string } {
  const [first] = plan(...args).refusals;
  assert.ok(first);
  return first;
}

test('a host with room for two runs both for a moment', () => {
  assert.deepEqual(plan(), {
    stopFirst: null,
    closeSocket: false,
    before: null,
    listen: null,
    notices: [],
    refusals: [],
  });
  assert.equal(serverOf(settings()).gated, true);
});

test('memory counts with a tenth more than the live one has, and 64 MiB', () => {
  assert.equal(plan(available(504 * MiB)).stopFirst, null);
  const short = available(503 * MiB);
  assert.match(
    refusal(short).message,
    /web1 has no memory for two releases at once: the live one uses 400 MiB, 503 MiB are available, 504 MiB are needed/,
  );
  assert.match(refusal(short).advice, /whenMemoryShort: restart/);
  assert.match(plan(short, { whenMemoryShort: 'restart' }).stopFirst ?? '', /503 MiB are available/);
});

test('a live release with unknown memory is reported, and is not an obstacle', () => {
  const { stopFirst, notices } = plan({ memory: { live: null, available: 600 * MiB } });
  assert.equal(stopFirst, null);
  assert.match(notices.join(), /the memory of shop@4-1a2b3c4\.service is not known/);
});

test('nothing that runs needs no memory', () => {
  const nothing = { running: false, liveIsInstance: false, memory: { live: null, available: MiB } };
  assert.equal(plan(nothing).stopFirst, null);
});

test('a unit that listens by itself stops first', () => {
  const { stopFirst, closeSocket } = plan({ liveIsInstance: false, socket: NO_SOCKET });
  assert.equal(stopFirst, 'shop.service listens by itself');
  assert.equal(closeSocket, false);
});

test('another address closes the socket in between; so does a stopped socket', () => {
  const moved = plan({ socket: listening(7000) });
  assert.deepEqual([moved.stopFirst, moved.closeSocket], ['it listens on 127.0.0.1:7000 until now', true]);
  const stopped = plan({ socket: { ...listening(8000), active: false } });
  assert.deepEqual([stopped.stopFirst, stopped.closeSocket], ['its socket was stopped', true]);
});

test('a socket with a second address from a drop-in stays', () => {
  assert.equal(
    plan({ socket: { ...listening(8000), listens: '127.0.0.1:8000 /run/shop/extra.sock' } }).stopFirst,
    null,
  );
});

test('an address that another program has is refused with its name', () => {
  assert.match(
    refusal({ holder: 'nginx (process 12)' }).message,
    /127\.0\.0\.1:8000 on web1 is taken by nginx \(process 12\)/,
  );
});

test('what is lost with a worker class that has no gate is said', () => {
  const gunicorn = { ...settings().gunicorn, workerClass: 'gevent' };
  const { notices } = plan({}, { gunicorn });
  assert.equal(serverOf(settings({ gunicorn })).gated, false);
  assert.match(notices.join(), /no gate for worker class gevent: it listens before it has proven itself/);
});

test('drop-ins of the one unit are pointed at', () => {
  assert.match(
    plan({ dropIns: true }).notices.join(),
    /shop\.service\.d has drop-ins; .* belong in shop@\.service\.d/,
  );
});
