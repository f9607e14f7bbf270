import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

const port = 8047;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let one: string;
let two: string;

/** Says from which release it runs, and then lasts. */
const WORKER = `#!/usr/bin/python3
import os, signal
print('runs', os.path.basename(os.getcwd()), flush=True)
signal.pause()
`;

before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  one = await shop.staged(claim(0), 'one', releaseWith(BESIDE, { 'worker.py': WORKER }));
  two = await shop.staged(claim(0), 'two', releaseWith(BESIDE, { 'worker.py': WORKER, new: 'x' }));
  await takesOver(one, 1);
  await unit(
    'shop-jobs',
    'User=shop\nWorkingDirectory=/srv/shop/current\nExecStart=/usr/bin/python3 worker.py',
  );
  await unit('of-root', 'WorkingDirectory=/srv/shop/current\nExecStart=/usr/bin/python3 worker.py');
  await unit('named@', 'User=shop\nExecStart=/usr/bin/python3 /srv/shop/current/worker.py');
  await unit(
    'stopped',
    'User=shop\nWorkingDirectory=/srv/shop/current\nExecStart=/usr/bin/python3 worker.py',
  );
  await unit('other', 'User=shop\nWorkingDirectory=/srv/shop/currently\nExecStart=/usr/bin/sleep infinity');
  await unit(
    'once',
    'User=shop\nWorkingDirectory=/srv/shop/current\nType=oneshot\nExecStart=/usr/bin/sleep 600',
  );
  await shop.root('install -d /srv/shop/currently; systemctl daemon-reload; systemctl start --no-block once');
  await shop.root('systemctl start shop-jobs of-root named@a other');
});
after(() => shop.stop());

const unit = (name: string, service: string) =>
  shop.root(`printf '%s' '[Service]\n${service}\n' > /etc/systemd/system/${name}.service`);

async function takesOver(release: string, seq: number, dependents?: 'leave') {
  const address = { host: shop.host.address, port };
  await shop.call('install-instance', { claim: claim(seq), ...unitOf(release, address) });
  const start = { claim: claim(seq), release, address, trial: true, waitMilliseconds: 8_000 };
  assert.equal((await shop.call('start', start)).state, 'up');
  return switchTo(release, seq + 1, dependents);
}

const switchTo = (release: string, seq: number, dependents?: 'leave') =>
  shop.call('switch', { claim: claim(seq), release, ...(dependents && { dependents }) });

const startOf = (name: string) => shop.root(`systemctl show -P InvocationID ${name}`);
const runsFrom = async (name: string) =>
  (await shop.root(`readlink /proc/$(systemctl show -P MainPID ${name})/cwd`)).replace(
    '/srv/shop/releases/',
    '',
  );
const current = () => shop.root('readlink /srv/shop/current');

test('units that run from the live release are found, whoever runs them', async () => {
  const { dependents } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(dependents, [
    { unit: 'named@a.service', release: null },
    { unit: 'of-root.service', release: one },
    { unit: 'shop-jobs.service', release: one },
  ]);
});

test('with a switchover, current moves and they follow; those of root and those that only work once do not', async () => {
  const untouched = ['of-root', 'other', 'once'];
  const before = await Promise.all(untouched.map(startOf));
  assert.equal(await current(), `releases/${one}`);
  const { dependents } = await takesOver(two, 3);
  assert.deepEqual(dependents, [
    { unit: 'named@a.service', did: 'restarted' },
    { unit: 'of-root.service', did: 'root' },
    { unit: 'shop-jobs.service', did: 'restarted' },
  ]);
  assert.equal(await current(), `releases/${two}`);
  await until(async () => (await runsFrom('shop-jobs')) === two);
  assert.deepEqual(await Promise.all(untouched.map(startOf)), before);
  assert.equal(await shop.root('systemctl is-active stopped || true'), 'inactive');
  const { leftovers } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(leftovers, []);
});

test('a repeated switchover restarts nothing again', async () => {
  const before = await startOf('named@a');
  const { dependents } = await shop.call('switch', { claim: claim(4, 2), release: two });
  assert.deepEqual(
    dependents.map(({ did }) => did),
    ['restarted', 'root', 'restarted'],
  );
  assert.equal(await startOf('named@a'), before);
});

test('what they run from is not removed under them', async () => {
  assert.deepEqual(await shop.call('discard', { claim: claim(5), release: one }), { removed: false });
  const marked = { claim: claim(6), release: two, keep: 0, outcome: 'deployed' };
  assert.deepEqual((await shop.call('mark-good', marked)).pruned, [], `of-root runs from ${one}`);
});

test('a rollback brings them back, or leaves them as asked', async () => {
  const { dependents } = await takesOver(one, 7, 'leave');
  assert.deepEqual(
    dependents.map(({ did }) => did),
    ['left', 'left'],
  );
  assert.equal(await current(), `releases/${one}`);
  assert.equal(await runsFrom('shop-jobs'), two);
});

test('a link that was moved by hand leads to the live release again', async () => {
  claim = await shop.claimed('run-2');
  await shop.root(`ln -sfn releases/9-abcdef0 /srv/shop/current`);
  assert.deepEqual((await shop.call('repair', { claim: claim(0) })).repaired, [
    '/srv/shop/current does not lead to the live release',
  ]);
  assert.equal(await current(), `releases/${one}`);
});
