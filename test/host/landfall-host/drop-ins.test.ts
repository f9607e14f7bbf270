import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { policy, ServiceHost } from './service-host';
import { ALONE, BESIDE, releaseWith, unitOf } from './small-server';

/** Root's drop-ins for the units of a service: reported if they give more rights than the service has. */
let shop: ServiceHost;
let claim: (seq: number) => Claim;
let alone: string;
let beside: string;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  alone = await shop.staged(claim(0), 'alone', releaseWith(ALONE));
  beside = await shop.staged(claim(0), 'alongside', releaseWith(BESIDE));
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port: 8070 });
const ETC = '/etc/systemd/system';

async function dropIn(path: string, ...lines: string[]): Promise<void> {
  await shop.root(`install -D -m 644 /dev/stdin ${path} <<'END'\n[Service]\n${lines.join('\n')}\nEND`);
}

/** The same in everything that a person is told. */
async function warnings(): Promise<string[]> {
  const told = [
    (await shop.call('install-unit', { claim: claim(0), ...unitOf(alone, address()) })).warnings,
    (await shop.call('install-instance', { claim: claim(0), ...unitOf(beside, address()) })).warnings,
    (await shop.call('inspect', { python: 'python3', address: null })).warnings,
  ];
  const planned = await shop.setup({ apply: false });
  assert.ok(planned.ok);
  for (const each of told) assert.deepEqual(each, planned.result.warnings);
  return planned.result.warnings;
}

test('a drop-in that only sets limits causes no warning', async () => {
  await dropIn(
    `${ETC}/shop.service.d/limits.conf`,
    'LimitNOFILE=4096',
    'ExecStartPre=-/bin/true',
    '# User=root',
  );
  await dropIn(`${ETC}/shop@.service.d/note.txt`, 'User=root');
  await dropIn(`${ETC}/other.service.d/own.conf`, 'User=root');
  assert.deepEqual(await warnings(), []);
});

test('what runs with more rights is told with its file, wherever systemd would find it', async () => {
  await dropIn(`${ETC}/shop.service.d/a.conf`, 'ExecStartPre=+/bin/true');
  await dropIn(
    `${ETC}/shop@.service.d/b.conf`,
    'ExecStopPost=-!!/bin/true',
    'ExecStart=',
    'ExecStart=@+/bin/true c',
  );
  await dropIn(`${ETC}/shop@${beside}.service.d/d.conf`, 'User = root');
  await dropIn('/run/systemd/system/shop@.service.d/e.conf', 'PermissionsStartOnly=yes');
  await dropIn('/usr/lib/systemd/system/shop@.service.d/f.conf', 'User=');
  await dropIn(`${ETC}/shop.socket.d/g.conf`, '[Socket]', 'ExecStartPost=/bin/true');
  await dropIn(`${ETC}/service.d/h.conf`, 'AmbientCapabilities=CAP_SYS_ADMIN');
  await dropIn(`${ETC}/shop@.service.d/i.conf`, 'ExecReload= \\', '  +/bin/true');
  const more = 'which gives more rights than shop has';
  assert.deepEqual(await warnings(), [
    `${ETC}/service.d/h.conf has \`AmbientCapabilities=CAP_SYS_ADMIN\`, ${more}`,
    `${ETC}/shop.service.d/a.conf has \`ExecStartPre=+/bin/true\`, ${more}`,
    `${ETC}/shop.socket.d/g.conf has \`ExecStartPost=/bin/true\`, ${more}`,
    `${ETC}/shop@.service.d/b.conf has \`ExecStart=@+/bin/true c\`, ${more}`,
    `${ETC}/shop@.service.d/b.conf has \`ExecStopPost=-!!/bin/true\`, ${more}`,
    `${ETC}/shop@.service.d/i.conf has \`ExecReload=+/bin/true\`, ${more}`,
    `${ETC}/shop@${beside}.service.d/d.conf has \`User=root\`, ${more}`,
    `/run/systemd/system/shop@.service.d/e.conf has \`PermissionsStartOnly=yes\`, ${more}`,
    `/usr/lib/systemd/system/shop@.service.d/f.conf has \`User=\`, ${more}`,
  ]);
  await shop.root(`rm -r ${ETC}/shop*.d ${ETC}/service.d /run/systemd/system/shop@.service.d
    rm -r /usr/lib/systemd/system/shop@.service.d; systemctl daemon-reload`);
});

test("root's own command sees nothing of deploy's, in either kind of unit, and from no directory of deploy's", async () => {
  const look = 'ExecStartPre=+/bin/sh -c "(env; pwd) >> /root/saw"';
  await dropIn(`${ETC}/shop.service.d/own.conf`, look);
  await dropIn(`${ETC}/shop@.service.d/own.conf`, look);
  const env = {
    LD_PRELOAD: '/srv/shop/shared/evil.so',
    PYTHONPATH: '/srv/shop/shared',
    BASH_ENV: '/srv/shop/x',
  };
  await shop.call('install-unit', { claim: claim(1), ...unitOf(alone, address(), { env }) });
  await shop.call('restart', { claim: claim(1), release: alone });
  await until(async () => (await shop.call('observe', { address: address() })).listener === 'unit');
  const room = { claim: claim(2), release: null, closeSocket: true };
  await until(async () => (await shop.call('make-room', room)).stopped);
  await shop.call('install-instance', { claim: claim(2), ...unitOf(beside, address(), { env }) });
  const start = {
    claim: claim(3),
    release: beside,
    address: address(),
    trial: true,
    waitMilliseconds: 8_000,
  };
  const { unit } = await shop.call('start', start);
  const service = await shop.root(`tr '\\0' '\\n' < /proc/${unit.mainPid}/environ`);
  assert.match(service, /^LD_PRELOAD=\/srv\/shop\/shared\/evil\.so$/m, 'the service has them');
  // The home of the service's user is its base, which is root's.
  const saw = await shop.root("sed 's/^HOME=.srv.shop$//' /root/saw");
  assert.equal(saw.match(/^LANDFALL_RELEASE=/gm)?.length, 2);
  assert.equal(saw.match(/^\/$/gm)?.length, 2);
  assert.doesNotMatch(saw, /\/srv|^(LD_|PYTHON|BASH_ENV|LANDFALL_COMMIT|LANDFALL_GATE|XDG_)/m);
  await shop.root(`rm -r ${ETC}/shop.service.d ${ETC}/shop@.service.d; systemctl daemon-reload`);
  await until(async () => (await shop.call('stop', { claim: claim(4) })).stopped);
});

test('a service listens only where root has pinned it, until root pins again', async () => {
  const elsewhere = { host: shop.host.address, port: 8071 };
  const pinned = [`${shop.host.address}:8070`, 'unix:/srv/gunicorn.sock'];
  const answer = await shop.setup({ policy: { ...policy, addresses: pinned } });
  assert.ok(answer.ok);
  await shop.applied();
  const facts = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(facts.policy.addresses, pinned, 'a setup for another reason leaves that');

  const refused =
    /Root has not allowed shop to listen on \S+:8071 \(`addresses` in \/etc\/landfall\/shop\.json allows: .*--pin-addresses/;
  for (const verb of ['install-unit', 'install-instance'] as const) {
    const { type, message } = await shop.refused(verb, { claim: claim(5), ...unitOf(beside, elsewhere) });
    assert.equal(type, 'InvalidInput');
    assert.match(message, refused);
  }
  await shop.call('install-unit', { claim: claim(5), ...unitOf(alone, address()) });
  const socket = { socket: '/srv/gunicorn.sock' };
  await shop.call('restore-unit', { claim: claim(6), to: 'before' });
  await shop.call('install-instance', { claim: claim(6), ...unitOf(beside, socket) });
  const start = { claim: claim(7), release: beside, trial: true, waitMilliseconds: 8_000 };
  assert.match((await shop.refused('start', { ...start, address: elsewhere })).message, refused);
  assert.match(
    (await shop.refused('start', { ...start, address: { socket: '/run/shop.sock' } })).message,
    /Root has not/,
  );
  assert.equal((await shop.call('start', { ...start, address: socket })).state, 'up');
  assert.equal(await shop.root("stat -c '%U %a' /srv/gunicorn.sock"), 'root 666');
  await shop.call('switch', { claim: claim(8), release: beside });
  await shop.call('mark-good', { claim: claim(9), release: beside, keep: 5, outcome: 'deployed' });

  // A rollback returns to a good address, even if root has pinned another one since.
  await shop.setup({ policy: { ...policy, addresses: [`${shop.host.address}:8071`] } });
  const room = { claim: claim(10), release: null, closeSocket: true };
  await until(async () => (await shop.call('make-room', room)).stopped);
  assert.equal((await shop.call('start', { ...start, claim: claim(11), address: socket })).state, 'up');
});
