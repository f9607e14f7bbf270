import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { ALONE, BESIDE, releaseWith, unitOf } from './small-server';

/** Earlier requests make each state. A state between two writes of one request is made by hand. */
const STATE = '/var/lib/landfall/shop/state.json';
const HANDLE = 'shop.service';

let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let one: string;
let two: string;
let runs = 0;

const nextClaim = async () => {
  runs += 1;
  claim = await shop.claimed(`run-${runs}`);
};
const inspect = () => shop.call('inspect', { python: 'python3', address: null });
const repair = async () => {
  await nextClaim();
  return (await shop.call('repair', { claim: claim(0) })).repaired;
};

/** Undoes only `mark-good`'s record that the release is last good. */
async function tearMarkGood(release: string, seq: number): Promise<void> {
  await shop.root(`cp ${STATE} /root/state.json; cp -d /srv/shop/last-good /root/ 2>/dev/null; true`);
  await shop.call('mark-good', { claim: claim(seq), release, keep: 5, outcome: 'deployed' });
  await shop.root(`cp /root/state.json ${STATE}; rm -f /srv/shop/last-good
    [ ! -L /root/last-good ] || cp -d /root/last-good /srv/shop/; rm -f /root/last-good`);
}

async function startFresh(program: string): Promise<void> {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  runs = 0;
  await nextClaim();
  one = await shop.staged(claim(0), 'one', releaseWith(program));
  two = await shop.staged(claim(0), 'two', releaseWith(program, { new: 'x' }));
}

describe('a deploy by restart, abandoned', () => {
  const port = 8031;
  before(() => startFresh(ALONE));
  after(() => shop.stop());

  const running = async (release: string) => {
    await until(async () => (await shop.call('observe', { address: null })).release === release);
  };
  async function inService(release: string, seq: number): Promise<void> {
    const address = { host: shop.host.address, port };
    await shop.call('install-unit', { claim: claim(seq), ...unitOf(release, address) });
    await shop.call('restart', { claim: claim(seq + 1), release });
    await running(release);
  }
  /** As a deploy or the doctor does it, when something else is in service. */
  async function lastGoodBack(): Promise<void> {
    await shop.call('restore-unit', { claim: claim(1), to: 'boot' });
    await shop.call('restart', { claim: claim(2), release: one });
    await running(one);
    assert.deepEqual((await inspect()).leftovers, []);
  }

  test('in its first mark-good: the live release continues, and does not boot', async () => {
    await inService(one, 1);
    await tearMarkGood(one, 3);
    const { leftovers, boot, lastGood } = await inspect();
    assert.deepEqual([boot.release, boot.enabled, lastGood], [one, true, null]);
    assert.deepEqual(leftovers, [
      `/etc/systemd/system/${HANDLE} boots release ${one}, which is not last good`,
    ]);
    const before = await shop.call('observe', { address: null });
    assert.deepEqual(await repair(), leftovers);
    assert.equal((await shop.call('observe', { address: null })).invocation, before.invocation);
    assert.deepEqual((await inspect()).boot, {
      release: null,
      enabled: false,
      foreign: false,
      instance: false,
    });
    // Its unit is in force as it was, so that it can still become good.
    await shop.call('mark-good', { claim: claim(1), release: one, keep: 5, outcome: 'deployed' });
    assert.deepEqual((await inspect()).leftovers, []);
  });

  test('between the restart and the mark-good: repair leaves what runs, and last good comes back', async () => {
    await nextClaim();
    await inService(two, 1);
    assert.deepEqual(await repair(), []);
    assert.equal((await inspect()).live.release, two);
    await lastGoodBack();
  });

  test('before systemd had read the unit: the requests that are repeated put it in force', async () => {
    await nextClaim();
    await shop.root(
      `mkdir -p /run/systemd/system.control; sed s/${one}/${two}/ /etc/systemd/system/${HANDLE} > /run/systemd/system.control/${HANDLE}`,
    );
    await inService(two, 1);
    await nextClaim();
    await lastGoodBack();
  });

  test('in mark-good, before it was recorded: the boot unit is last good again', async () => {
    await nextClaim();
    await inService(two, 1);
    await tearMarkGood(two, 3);
    assert.equal((await inspect()).boot.release, two);
    assert.deepEqual(await repair(), [
      `/etc/systemd/system/${HANDLE} boots release ${two}, which is not last good`,
    ]);
    const { boot, live, leftovers } = await inspect();
    assert.deepEqual([boot.release, boot.enabled, live.release, leftovers], [one, true, two, []]);
    await shop.powerLoss();
    await running(one);
    await nextClaim();
    await lastGoodBack();
  });

  test('in mark-good, after it was recorded: the links follow', async () => {
    await nextClaim();
    await shop.root('ln -sfn releases/9-abcdef0 /srv/shop/current; ln -s x /srv/shop/last-good.77.new');
    assert.deepEqual(await repair(), [
      '/srv/shop/current does not lead to the live release',
      '/srv/shop/last-good.77.new is half a link',
    ]);
    assert.equal(
      await shop.root('readlink /srv/shop/current; ls /srv/shop | grep -c new || true'),
      `releases/${one}\n0`,
    );
  });

  test('in its rollback, with the old text in force and the new release running: last good comes back', async () => {
    await nextClaim();
    await inService(two, 1);
    await shop.call('restore-unit', { claim: claim(3), to: 'before' });
    assert.deepEqual(await repair(), []);
    assert.equal((await inspect()).live.release, two);
    await lastGoodBack();
  });
});

describe('a deploy alongside the live release, abandoned', () => {
  const port = 8032;
  before(() => startFresh(BESIDE));
  after(() => shop.stop());

  const address = () => ({ host: shop.host.address, port });
  const install = (release: string) =>
    shop.call('install-instance', { claim: claim(0), ...unitOf(release, address()) });
  async function start(release: string, seq: number, trial = true): Promise<void> {
    const wanted = { claim: claim(seq), release, address: address(), trial, waitMilliseconds: 5_000 };
    assert.equal((await shop.call('start', wanted)).state, 'up');
  }
  const switchTo = (release: string, seq: number) => shop.call('switch', { claim: claim(seq), release });
  const runningInstances = () =>
    shop.root(
      // A stop that was only asked for is a job, also before it is begun.
      `while systemctl list-jobs --no-legend 'shop@*' | grep -q .; do sleep 0.05; done
      systemctl list-units --plain --no-legend --state=active 'shop@*.service' | awk '{print $1}'`,
    );
  async function lastGoodBack(): Promise<void> {
    await start(one, 1, false);
    await switchTo(one, 2);
    assert.equal(await runningInstances(), `shop@${one}.service`);
    assert.deepEqual((await inspect()).leftovers, []);
    assert.equal((await inspect()).boot.release, one);
  }
  afterEach(async () => assert.equal((await inspect()).live.release, one));

  test('in its first mark-good: the live release continues, and does not boot', async () => {
    await install(one);
    await start(one, 1);
    await switchTo(one, 2);
    await tearMarkGood(one, 3);
    assert.deepEqual(await repair(), [
      `/etc/systemd/system/${HANDLE} boots release ${one}, which is not last good`,
    ]);
    const { boot, live } = await inspect();
    assert.deepEqual([boot.release, boot.enabled, live.release], [null, false, one]);
    await shop.call('mark-good', { claim: claim(1), release: one, keep: 5, outcome: 'deployed' });
  });

  test('between the start and the switch: the new one is stopped, the live one does not notice', async () => {
    await nextClaim();
    await install(two);
    await start(two, 1);
    const before = await shop.call('observe', { address: null, release: one });
    assert.deepEqual(await repair(), [`release ${two} runs alongside the live one`]);
    assert.equal(await runningInstances(), `shop@${one}.service`);
    assert.equal((await shop.call('observe', { address: null })).invocation, before.invocation);
  });

  test('within the switch, when both still run: last good is not what is stopped', async () => {
    await nextClaim();
    await start(two, 1);
    // The first thing that a switch writes.
    await shop.root(
      `mkdir -p /run/systemd/system.control; sed 's/${one}/${two}/g' /etc/systemd/system/${HANDLE} > /run/systemd/system.control/${HANDLE}`,
    );
    assert.deepEqual(await repair(), []);
    assert.equal((await inspect()).live.release, two);
    await lastGoodBack();
  });

  test('between the switch and mark-good: last good takes over again', async () => {
    await nextClaim();
    await start(two, 1);
    await switchTo(two, 2);
    await repair();
    assert.equal((await inspect()).live.release, two);
    await lastGoodBack();
  });

  test('in mark-good, before it was recorded: the boot unit is last good again', async () => {
    await nextClaim();
    await start(two, 1);
    await switchTo(two, 2);
    await tearMarkGood(two, 3);
    assert.deepEqual(await repair(), [
      `/etc/systemd/system/${HANDLE} boots release ${two}, which is not last good`,
    ]);
    const { boot, live } = await inspect();
    assert.deepEqual([boot.release, boot.instance, boot.enabled, live.release], [one, true, true, two]);
    await lastGoodBack();
  });

  test('with everything stopped to make room: last good starts again', async () => {
    await nextClaim();
    const room = { release: two, closeSocket: true };
    await until(async () => (await shop.call('make-room', { claim: claim(1), ...room })).stopped);
    await repair();
    assert.equal((await inspect()).live.mainPid, 0);
    await lastGoodBack();
  });
});
