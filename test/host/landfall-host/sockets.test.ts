import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

/** A unix socket of systemd lies where only root can write; this is checked before each start. */
let shop: ServiceHost;
let claim: (seq: number) => Claim;
let seq = 0;
let one: string;
let two: string;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  one = await shop.staged(claim(0), 'one', releaseWith(BESIDE));
  two = await shop.staged(claim(0), 'two', releaseWith(BESIDE, { new: 'x' }));
  for (const release of [one, two]) {
    await shop.call('install-instance', { claim: claim(0), ...unitOf(release, address) });
  }
});
after(() => shop.stop());

const PATH = '/run/shop.sock';
const address = { socket: PATH };
const next = () => claim(++seq);
const startOf = (release: string) => ({
  claim: next(),
  release,
  address,
  trial: true,
  waitMilliseconds: 5000,
});
const owner = (path: string) => shop.root(`stat -c '%U:%G %a' ${path}`);

async function closed(): Promise<void> {
  const change = { claim: next(), release: null, closeSocket: true };
  await until(async () => (await shop.call('make-room', change)).stopped);
}

test('systemd makes the socket for everybody, and it stays root’s', async () => {
  assert.equal((await shop.call('start', startOf(one))).state, 'up');
  await shop.call('switch', { claim: next(), release: one });
  assert.equal(await owner(PATH), 'root:root 666');
  assert.equal(await owner(`/run/landfall/services/shop/${one}`), 'shop:shop 755');
  for (const path of ['/run/landfall', '/run/landfall/services', '/run/landfall/services/shop'])
    assert.equal(await owner(path), 'root:root 755');
  assert.equal(
    await shop.root('ls -d /run/shop 2>&1 || true'),
    "ls: cannot access '/run/shop': No such file or directory",
  );
  assert.equal(await shop.root(`runuser -u deploy -- curl -s -m 5 --unix-socket ${PATH} http://shop/`), one);
});

test('nothing is started or enabled where another user can change a directory', async () => {
  await shop.root('systemctl stop shop.service');
  const spoilt: [string, string, RegExp][] = [
    ['chmod o+w /run', 'chmod 755 /run', /\/run is not a directory that only root can change/],
    ['chmod g+w /run', 'chmod 755 /run', /\/run is not a directory that only root can change/],
    [
      'chown shop /run/landfall/services',
      'chown root /run/landfall/services',
      /\/run\/landfall\/services is not/,
    ],
    [
      'mv /run/landfall/services/shop /run/aside; ln -s /etc /run/landfall/services/shop',
      'rm /run/landfall/services/shop; mv /run/aside /run/landfall/services/shop',
      /\/run\/landfall\/services\/shop is not/,
    ],
    ['install -d -o deploy /run/shop.run', 'rmdir /run/shop.run', /\/run\/shop\.run belongs to another user/],
  ];
  for (const [spoil, mend, expected] of spoilt) {
    await shop.root(spoil);
    const refused = await shop.refused('start', startOf(one));
    assert.equal(refused.type, 'CommandFailed');
    assert.match(refused.message, expected);
    await shop.root(mend);
  }
});

test('every request that may start the socket, now or at the next boot, looks first', async () => {
  const refusedByRun = ({ message }: { message: string }) =>
    assert.match(message, /\/run is not a directory that only root can change/);
  const good = () => ({ claim: next(), release: one, keep: 5, outcome: 'deployed' });
  assert.equal((await shop.call('start', startOf(one))).state, 'up');
  await shop.root('chmod o+w /run');
  refusedByRun(await shop.refused('start', startOf(two)));
  refusedByRun(await shop.refused('switch', { claim: next(), release: one }));
  await shop.root('chmod 755 /run');
  await shop.call('switch', { claim: next(), release: one });
  await shop.root('chmod o+w /run');
  refusedByRun(await shop.refused('mark-good', good()));
  await shop.root('chmod 755 /run');
  await shop.call('mark-good', good());
  claim = await shop.claimed('run-2');
  await shop.root('chmod o+w /run');
  refusedByRun(await shop.refused('restore-unit', { claim: next(), to: 'boot' }));
  await shop.root('chmod 755 /run');
});

test('a foreign file at that path is left alone', async () => {
  await closed();
  await shop.root(`systemd-run --quiet --unit=stranger python3 -c 'import socket,time
s = socket.socket(socket.AF_UNIX); s.bind("${PATH}"); s.listen(); time.sleep(300)'
    until ss -lx | grep -q ${PATH}; do sleep 0.01; done`);
  assert.match((await shop.refused('start', startOf(one))).message, /it is taken by python3 \(process \d+\)/);
  await shop.root(`systemctl stop stranger; rm ${PATH}; ln -s /etc/passwd ${PATH}`);
  assert.match((await shop.refused('start', startOf(one))).message, /\/run\/shop\.sock is there already/);
  await shop.root(`rm ${PATH}`);
  assert.equal((await shop.call('start', startOf(one))).state, 'up');
});

test('restart refuses the alias unit, and with it the socket that the alias unit wants', async () => {
  await shop.call('switch', { claim: next(), release: one });
  await closed();
  const { type, message } = await shop.refused('restart', { claim: next(), release: one });
  assert.equal(type, 'InvalidInput');
  assert.match(message, /shop\.service brings shop\.socket up with it/);
  assert.equal(await shop.root('systemctl is-active shop.socket || true'), 'inactive');
});
