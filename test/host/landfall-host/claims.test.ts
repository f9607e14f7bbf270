import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PROTOCOL } from '../../../src/contract/contract';
import type { Claim } from '../../../src/contract/contract-types';
import { archive, ServiceHost, stageRequest } from './service-host';

let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
});
after(() => shop.stop());

const asked = { engine: 'engine-a', commit: 'c0ffee1c0ffee1', by: 'ada', takeOver: false };

async function fenced(claim: Claim): Promise<string> {
  const error = await shop.refused('repair', { claim });
  assert.equal(error.type, 'Fenced');
  return error.message;
}

test('a claim raises the fence; the same run again keeps its fence', async () => {
  assert.match(
    (await shop.refused('repair', { claim: { fence: 1, run: 'x', seq: 0, attempt: 1 } })).message,
    /No deploy/,
  );
  const first = await shop.call('claim', { ...asked, run: 'run-1' });
  assert.deepEqual(first, { fence: 1, tookOver: null, stoppedJobs: [] });
  assert.deepEqual(await shop.call('claim', { ...asked, run: 'run-1' }), first);
  const { claim } = await shop.call('inspect', { python: 'python3', address: null });
  assert.ok(claim);
  assert.deepEqual([claim.fence, claim.run, claim.engine, claim.state], [1, 'run-1', 'engine-a', 'open']);
});

test('a forged claim is refused: another fence, another run', async () => {
  assert.match(
    await fenced({ fence: 2, run: 'run-1', seq: 0, attempt: 1 }),
    /Fence 2 is not the present one: fence 1/,
  );
  assert.match(await fenced({ fence: 1, run: 'run-x', seq: 0, attempt: 1 }), /not the present one/);
});

test('the next run of the same engine takes over and leaves nothing to the old one', async () => {
  const second = await shop.call('claim', { ...asked, run: 'run-2' });
  assert.equal(second.fence, 2);
  assert.equal(second.tookOver?.run, 'run-1');
  assert.match(await fenced({ fence: 1, run: 'run-1', seq: 9, attempt: 9 }), /fence 2/);
  const late = await shop.refused('claim', { ...asked, run: 'run-1', takeOver: true });
  assert.equal(late.type, 'Fenced');
  assert.match(late.message, /had fence 1. The host now belongs to fence 2/);
});

test("another engine's open claim is taken over only when asked to; a closed one is free", async () => {
  const other = { ...asked, engine: 'engine-b', run: 'run-3' };
  const error = await shop.refused('claim', other);
  assert.equal(error.type, 'Fenced');
  assert.match(error.message, /another engine \(engine-a\) is unfinished/);
  const taken = await shop.call('claim', { ...other, takeOver: true });
  assert.deepEqual([taken.fence, taken.tookOver?.run], [3, 'run-2']);
  const claim = { fence: 3, run: 'run-3', seq: 0, attempt: 1 };
  assert.deepEqual(await shop.call('finish', { claim, outcome: 'rejected' }), { closed: true });
  assert.deepEqual(await shop.call('finish', { claim, outcome: 'rejected' }), { closed: true });
  assert.match(await fenced(claim), /has ended on this host/);
  assert.match((await shop.refused('claim', { ...other, run: 'run-3' })).message, /has ended/);
  const next = await shop.call('claim', { ...asked, run: 'run-4' });
  assert.deepEqual([next.fence, next.tookOver], [4, null]);
});

test('a live change that comes late is refused: a lower seq, or a lower attempt of the same', async () => {
  const claim = await shop.claimed('run-5');
  assert.deepEqual(await shop.call('restore-unit', { claim: claim(2, 3), to: 'before' }), {
    restored: false,
  });
  for (const late of [claim(1, 9), claim(2, 2)]) {
    const error = await shop.refused('restore-unit', { claim: late, to: 'before' });
    assert.equal(error.type, 'Fenced');
    assert.match(error.message, /comes too late: change 2, attempt 3/);
  }
  assert.equal(
    (await shop.ask('repair', { claim: claim(2, 1) })).ok,
    true,
    'attempts count for live changes only',
  );
  assert.match(await fenced(claim(1, 9)), /comes too late/);
  assert.deepEqual(await shop.call('restore-unit', { claim: claim(2, 4), to: 'before' }), {
    restored: false,
  });
});

test('a claim that is succeeded while its archive arrives stages nothing', async () => {
  const claim = await shop.claimed('run-6');
  const tar = archive({ 'main.py': 'x' });
  const line = { protocol: PROTOCOL, verb: 'stage', service: 'shop', ...stageRequest(claim(0), 'slow', tar) };
  // Held back as a slow line would: the helper has checked the claim and waits for the bytes.
  const feed = `printf '%s\\n' '${JSON.stringify(line)}'; until [ -e /tmp/go ]; do sleep 0.01; done;
    printf '%s' ${tar.toString('base64')} | base64 -d`;
  const helper = shop.root(`(${feed}) | /usr/local/lib/landfall/landfall-host > /tmp/answer`);
  await shop.root(
    'for i in $(seq 500); do ls -d /srv/shop/releases/.partial-* 2>/dev/null && exit 0; sleep 0.01; done; exit 1',
  );
  await shop.claimed('run-7');
  await shop.root('touch /tmp/go');
  await helper;
  assert.match(await shop.root('cat /tmp/answer'), /Fenced/);
  assert.equal(await shop.root('ls -A /srv/shop/releases'), '');
});
