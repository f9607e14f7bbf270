import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Address, Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { ALONE, BESIDE, releaseWith, unitOf } from './small-server';

/** The boot unit is one of a good release, at its address; each reboot interrupts a deploy. */
let shop: ServiceHost;
let claim: (seq: number) => Claim;
let seq = 0;
let runs = 1;
let one: string;
let two: string;
let alone: string;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  one = await shop.staged(claim(0), 'one', releaseWith(BESIDE));
  two = await shop.staged(claim(0), 'two', releaseWith(BESIDE, { new: 'x' }));
  alone = await shop.staged(claim(0), 'alone', releaseWith(ALONE));
  await takeOver(one, old());
  await markGood(one);
});
after(() => shop.stop());

const old = () => ({ host: shop.host.address, port: 8030 });
const moved = () => ({ host: shop.host.address, port: 8031 });
const next = () => claim(++seq);
const STATE = '/var/lib/landfall/shop/state.json';
const SOCKET = '/etc/systemd/system/shop.socket';

async function nextDeploy(): Promise<void> {
  claim = await shop.claimed(`run-${++runs}`);
  seq = 0;
}

async function makeRoom(): Promise<void> {
  const change = { claim: next(), release: null, closeSocket: true };
  await until(async () => (await shop.call('make-room', change)).stopped);
}

async function takeOver(release: string, address: Address): Promise<void> {
  await shop.call('install-instance', { claim: claim(seq), ...unitOf(release, address) });
  const start = { claim: next(), release, address, trial: false, waitMilliseconds: 5_000 };
  assert.equal((await shop.call('start', start)).state, 'up');
  await shop.call('switch', { claim: next(), release });
}

async function oneUnitTakesOver(): Promise<void> {
  await shop.call('install-unit', { claim: next(), ...unitOf(alone, old()) });
  await makeRoom();
  await shop.call('restart', { claim: next(), release: alone });
  await until(async () => (await shop.call('observe', { address: null })).release === alone);
}

const markGood = (release: string) =>
  shop.call('mark-good', { claim: next(), release, keep: 5, outcome: 'deployed' });

/** Undoes its writes to these files. */
async function markGoodWithout(...files: string[]): Promise<void> {
  for (const file of files) await shop.root(`cp ${file} ${file}.before`);
  await markGood(two);
  for (const file of files) await shop.root(`mv ${file}.before ${file}`);
}

async function bootsWith(release: string, { port }: { port: number }): Promise<void> {
  await shop.powerLoss();
  const address = { host: shop.host.address, port };
  await until(async () => {
    const { active, listener } = await shop.call('observe', { address });
    return active === 'active' && listener === 'unit';
  });
  const answer = await shop.root(`curl -s -m 5 http://${shop.host.address}:${port}/`);
  assert.equal(answer.split(' ')[0], release);
}

test('while the service moves to another address, the old release boots at the old one', async () => {
  await nextDeploy();
  await makeRoom();
  await bootsWith(one, old());
  await makeRoom();
  await takeOver(two, moved());
  assert.match(await shop.root(`cat ${SOCKET}`), /:8030$/m);
  await bootsWith(one, old());
  assert.equal(await shop.root('ls /run/systemd/system.control 2>/dev/null | wc -l'), '0');
});

test('a rollback to the old address leaves nothing of the new one', async () => {
  await nextDeploy();
  await makeRoom();
  await takeOver(two, moved());
  await makeRoom();
  await takeOver(one, old());
  assert.equal(await shop.root('ls /run/systemd/system.control | wc -l'), '0');
  assert.match(await shop.root(`cat ${SOCKET}`), /:8030$/m);
});

test('from instances to one unit: until that is good, the instance boots, and on its socket', async () => {
  await nextDeploy();
  await oneUnitTakesOver();
  await bootsWith(one, old());
});

test('a start that was killed before systemd had read what it wrote is repeated where it belongs', async () => {
  await nextDeploy();
  await makeRoom();
  const handle = `$(sed 's/${one}/${two}/' /etc/systemd/system/shop.service)`;
  await shop.root(`mkdir -p /run/systemd/system.control && cd /run/systemd/system.control &&
    echo "${handle}" > shop.service && sed s/8030/8031/ ${SOCKET} > shop.socket`);
  await takeOver(two, moved());
  assert.equal((await shop.call('observe', { address: moved() })).listener, 'unit');
  assert.equal((await shop.call('observe', { address: old() })).listener, 'nobody');
  await makeRoom();
  await takeOver(one, old());
});

test('a mark-good that was taken back leaves the address of before', async () => {
  await nextDeploy();
  await makeRoom();
  await takeOver(two, moved());
  await markGood(two);
  assert.match(await shop.root(`cat ${SOCKET}`), /:8031$/m);
  await makeRoom();
  await takeOver(one, old());
  await bootsWith(one, old());
});

test('a mark-good that was interrupted between the socket and the alias unit is completed, also by a later deploy', async () => {
  await nextDeploy();
  await makeRoom();
  await takeOver(two, moved());
  await markGoodWithout(STATE, '/etc/systemd/system/shop.service');
  await nextDeploy();
  await makeRoom();
  await takeOver(one, old());
  await bootsWith(one, old());
});

test('so does a mark-good that was interrupted before it was recorded, and repaired', async () => {
  await nextDeploy();
  await makeRoom();
  await takeOver(two, moved());
  await markGoodWithout(STATE);
  await nextDeploy();
  await shop.call('repair', { claim: claim(0) });
  assert.match(await shop.root(`cat ${SOCKET}`), /:8030$/m);
  await bootsWith(one, old());
});

test('one unit that was marked good and is taken back boots until the socket of the instance is there again', async () => {
  await nextDeploy();
  await oneUnitTakesOver();
  await markGood(alone);
  // Cuts it off at the socket.
  await shop.root(`mkdir ${SOCKET}`);
  const torn = await shop.ask('restore-unit', { claim: next(), to: 'before' });
  assert.equal(torn.ok, false);
  await shop.root(`rmdir ${SOCKET}`);
  assert.match(
    await shop.root('cat /etc/systemd/system/shop.service'),
    new RegExp(`LANDFALL_RELEASE=${alone}$`, 'm'),
  );
  await shop.call('restore-unit', { claim: next(), to: 'before' });
  await bootsWith(one, old());
});

test('what is good boots where it was good', async () => {
  await nextDeploy();
  await makeRoom();
  await takeOver(two, moved());
  await markGood(two);
  assert.equal(await shop.root('ls /run/systemd/system.control | wc -l'), '0');
  await bootsWith(two, moved());
});

test('one unit that is good leaves no socket, and what is left of one is found', async () => {
  await nextDeploy();
  await oneUnitTakesOver();
  const left = await shop.root(`cat ${SOCKET}`);
  await markGood(alone);
  assert.equal(await shop.root(`ls ${SOCKET} 2>/dev/null | wc -l`), '0');
  await bootsWith(alone, old());
  await shop.root(`printf '%s\\n' '${left}' > ${SOCKET}`);
  const { leftovers } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(leftovers, [`${SOCKET} is not needed by the boot unit`]);
  await nextDeploy();
  assert.deepEqual((await shop.call('repair', { claim: claim(0) })).repaired, leftovers);
  assert.equal(await shop.root(`ls ${SOCKET} 2>/dev/null | wc -l`), '0');
});

test('a foreign socket unit is closed, and stays', async () => {
  await nextDeploy();
  await shop.root(`printf '[Socket]\nListenStream=/run/theirs.sock\n' > ${SOCKET}`);
  await makeRoom();
  assert.match(await shop.root(`cat ${SOCKET}`), /theirs/);
});
