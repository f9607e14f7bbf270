import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim, UnitState } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

/** The texts that an app may send to systemd and to the journal about itself. */
const WORDS = `
def tell(status):
    notify.sendto(b'STATUS=' + status, os.environ['NOTIFY_SOCKET'])
def log(*fields):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.sendto(b''.join(fields), '/run/systemd/journal/socket')
print('begin\\u2028MainPID=abc\\x0b\\x85\\x1b[31m end', flush=True)
log(b'MESSAGE=one\\nMESSAGE=two\\nSYSLOG_IDENTIFIER=systemd[1]\\n')
log(b'MESSAGE\\n', (6).to_bytes(8, 'little'), b'by\\xff\\xfete\\n')
print('x' * 20000, flush=True)
lie = '\\u2028'.join(['x', 'MainPID=abc', 'NRestarts=-7', 'ExecMainStatus=', 'Id=ssh.service', 'ActiveState=failed'])
tell(lie.encode())
for other in (b'a\\nSTATUS=' + lie.encode(), b'a\\rSTATUS=' + lie.encode(), lie.replace('\\u2028', '\\x85').encode(), b'\\xff' + lie.encode()):
    tell(other)
tell(lie.encode())
signal.signal(`;

const port = 8061;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let hostile: string;
let next: string;
let unit: UnitState;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  hostile = await shop.staged(claim(0), 'hostile', releaseWith(BESIDE.replace('signal.signal(', WORDS)));
  next = await shop.staged(claim(0), 'next', releaseWith(BESIDE));
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });

async function start(release: string, seq: number): Promise<UnitState> {
  await shop.call('install-instance', { claim: claim(seq), ...unitOf(release, address()) });
  const fields = { claim: claim(seq), release, address: address(), trial: true, waitMilliseconds: 8_000 };
  const started = await shop.call('start', fields);
  assert.equal(started.state, 'up');
  return started.unit;
}

test('what a service says of itself stands in for nothing that systemd says', async () => {
  unit = await start(hostile, 1);
  const look = () => shop.call('observe', { address: address(), release: hostile });
  await until(async () => {
    unit = await look();
    return unit.status.includes('Id=');
  });
  const { unit: name, active, restarts, exitStatus, mainPid, listener } = unit;
  assert.deepEqual(
    [name, active, restarts, exitStatus, listener],
    [`shop@${hostile}.service`, 'active', 0, 0, 'unit'],
  );
  assert.equal(await shop.root(`systemctl show ${name} -p MainPID --value`), String(mainPid));
  assert.match(unit.status, /^x\u2028MainPID=abc/);
});

test('its log hides none of its lines, and none of systemd’s', async () => {
  const { journal } = await shop.call('evidence', { release: hostile, invocation: null, texts: {} });
  const said = journal.map((line) => line.replace(/^\S+ /, ''));
  const own = `[${unit.mainPid}]: `;
  const found = said.filter((line) => line.includes(own)).map((line) => line.slice(0, 80));
  assert.deepEqual(found, [
    `shop${own}begin\u2028MainPID=abc\u000b\u0085\u001b[31m end`,
    `systemd?1?${own}one`,
    `?${own}by\ufffd\ufffdte`,
    `shop${own}${'x'.repeat(100)}`.slice(0, 80),
  ]);
  assert.ok(
    said.some((line) => /^systemd\[1\]: Start/.test(line)),
    said.join('\n'),
  );
});

test('entries too large to be shown, and a flood of them, leave systemd’s lines in the evidence', async () => {
  const flood = `
import fcntl, os, pwd, socket, sys
for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"):
    if os.path.exists(root + sys.argv[1] + "/cgroup.procs"):
        # Journald goes by that.
        open(root + sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
shop = pwd.getpwnam("shop")
os.setgid(shop.pw_gid)
os.setuid(shop.pw_uid)
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.connect("/run/systemd/journal/socket")
for n in range(150):
    journal.send(b"MESSAGE=flood")
body = b"y" * (1 << 20)
for n in range(8):
    fd = os.memfd_create("entry", os.MFD_ALLOW_SEALING)
    os.write(fd, b"MESSAGE\\n" + len(body).to_bytes(8, "little") + body + b"\\n")
    fcntl.fcntl(fd, 1033, 15)
    socket.send_fds(journal, [b""], [fd])
`;
  const group = await shop.root(`systemctl show ${unit.unit} -p ControlGroup --value`);
  await shop.root(`cat > /tmp/flood.py <<'END'${flood}END\npython3 /tmp/flood.py ${group}`);
  const { journal } = await shop.call('evidence', { release: hostile, invocation: null, texts: {} });
  assert.ok(
    journal.some((line) => / systemd\[1\]: Start/.test(line)),
    journal.join('\n').slice(0, 2000),
  );
  assert.ok(
    journal.some((line) => line.includes('too long to be shown')),
    journal.join('\n').slice(0, 2000),
  );
});

test('an entry that names the unit, from a process outside of it, is not evidence', async () => {
  const forged = `MESSAGE=forged\\nUNIT=${unit.unit}\\nINVOCATION_ID=${unit.invocation}\\n_SYSTEMD_UNIT=${unit.unit}\\n`;
  await shop.root(
    `runuser -u shop -- python3 -c 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"${forged}", "/run/systemd/journal/socket")'
     journalctl --sync; journalctl -q UNIT=${unit.unit} | grep -q forged`,
  );
  const { journal } = await shop.call('evidence', { release: hostile, invocation: null, texts: {} });
  assert.deepEqual(
    journal.filter((line) => line.includes('forged')),
    [],
  );
});

test('the host can be looked at, repaired and deployed to all the same', async () => {
  const facts = await shop.call('inspect', { python: 'python3', address: address() });
  assert.equal(facts.live.mainPid, unit.mainPid);
  await shop.call('repair', { claim: claim(1) });
  await shop.call('switch', { claim: claim(2), release: hostile });
  await start(next, 3);
  await shop.call('switch', { claim: claim(4), release: next });
  await until(
    async () => (await shop.call('observe', { address: address(), release: next })).listener === 'unit',
  );
  await shop.call('mark-good', { claim: claim(5), release: next, keep: 5, outcome: 'deployed' });
  const removal = { claim: claim(6), release: hostile };
  await until(async () => (await shop.call('remove-instance', removal)).stopped);
  assert.deepEqual(await shop.call('discard', { claim: claim(7), release: hostile }), { removed: true });
});
