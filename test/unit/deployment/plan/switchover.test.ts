import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../../src/deployment/failures';
import { planOverlap } from '../../../../src/deployment/plan/switchover';
import type { HostFacts } from '../../../../src/host-agent/contract-types';
import { isGated } from '../../../../src/host-agent/gunicorn';
import { hostTarget, settings } from '../../../harness/deploy-input';
import { unit } from '../../../harness/unit-state';

const MiB = 1 << 20;

/** A host on which an instance runs, with room for another one. */
function facts(changes: Partial<HostFacts> = {}): HostFacts {
  const seen: Partial<HostFacts> = {
    policy: {
      service: 'shop',
      user: 'shop',
      deployUser: 'deploy',
      base: '/srv/shop',
      envFiles: [],
      unit: 'shop.service',
    },
    live: unit({ unit: 'shop@4-1a2b3c4.service' }),
    holder: null,
    socket: { active: true, listens: '127.0.0.1:8000' },
    liveMemoryBytes: 400 * MiB,
    memoryAvailableBytes: 600 * MiB,
    dropIns: false,
    warnings: [],
    ...changes,
  };
  return seen as HostFacts;
}

function plan(changes: Partial<HostFacts> = {}, more: Parameters<typeof settings>[0] = {}) {
  const { bind } = hostTarget('web1');
  const input = {
    service: 'shop',
    environment: 'production',
    host: hostTarget('web1', { bind }),
    fixForward: false,
  };
  return planOverlap({ ...input, settings: settings({ strategy: 'overlap', ...more }) }, facts(changes));
}

function refusal(...args: Parameters<typeof plan>): { message: string; advice: string } {
  try {
    plan(...args);
  } catch (error) {
    const { message = '', details } = failureOf(error) ?? {};
    return { message, advice: details?.advice ?? '' };
  }
  throw new Error('it was not refused');
}

test('a host with room for two runs both for a moment', () => {
  const { stopFirst, closeSocket, notices } = plan();
  assert.deepEqual({ stopFirst, closeSocket, notices }, { stopFirst: null, closeSocket: false, notices: [] });
  assert.equal(isGated(settings()), true);
});

test('memory counts with a tenth more than the live one has, and 64 MiB', () => {
  assert.equal(plan({ memoryAvailableBytes: 504 * MiB }).stopFirst, null);
  const short = { memoryAvailableBytes: 503 * MiB };
  assert.match(
    refusal(short).message,
    /web1 has no memory for two releases at once: the live one uses 400 MiB, 503 MiB are available, 504 MiB are needed/,
  );
  assert.match(refusal(short).advice, /whenMemoryShort: restart/);
  assert.match(plan(short, { whenMemoryShort: 'restart' }).stopFirst ?? '', /503 MiB are available/);
});

test('a live release with unknown memory is reported, and is not an obstacle', () => {
  const { stopFirst, notices } = plan({ liveMemoryBytes: null });
  assert.equal(stopFirst, null);
  assert.match(notices.join(), /the memory of shop@4-1a2b3c4\.service is not known/);
});

test('a unit with unknown state is not treated as stopped', () => {
  const { stopFirst } = plan({ live: unit({ mainPid: null, restarts: null, exitStatus: null }) });
  assert.equal(stopFirst, 'shop.service listens by itself');
});

test('nothing that runs needs no memory', () => {
  const nothing = {
    live: unit({ mainPid: 0, active: 'inactive' }),
    liveMemoryBytes: null,
    memoryAvailableBytes: MiB,
  };
  assert.equal(plan(nothing).stopFirst, null);
});

test('a unit that listens by itself stops first', () => {
  const { stopFirst, closeSocket } = plan({ live: unit(), socket: { active: false, listens: '' } });
  assert.equal(stopFirst, 'shop.service listens by itself');
  assert.equal(closeSocket, false);
});

test('another address closes the socket in between; so does a stopped socket', () => {
  const moved = plan({ socket: { active: true, listens: '127.0.0.1:7000' } });
  assert.deepEqual([moved.stopFirst, moved.closeSocket], ['it listens on 127.0.0.1:7000 until now', true]);
  const stopped = plan({ socket: { active: false, listens: '127.0.0.1:8000' } });
  assert.deepEqual([stopped.stopFirst, stopped.closeSocket], ['somebody has stopped its socket', true]);
});

test('a socket with a second address from a drop-in stays', () => {
  assert.equal(
    plan({ socket: { active: true, listens: '127.0.0.1:8000 /run/shop/extra.sock' } }).stopFirst,
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
  assert.equal(isGated(settings({ gunicorn })), false);
  assert.match(notices.join(), /no gate for worker class gevent: it listens before it has proven itself/);
});

test('drop-ins of the one unit are pointed at', () => {
  assert.match(
    plan({ dropIns: true }).notices.join(),
    /shop\.service\.d has drop-ins; .* belong in shop@\.service\.d/,
  );
});
