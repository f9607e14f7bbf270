import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { answerAt } from '../../harness/answer';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

/** The first release over a unit from before Landfall that listens itself, at the same address. */
const PORT = 8031;

/**
 * At SIGTERM the server takes no more connections, and ends with the last request. Until then its listener stays open,
 * as that of a Gunicorn worker does. `/slow` is answered once there is a file.
 */
const OLD = `
import os, select, signal, socket, sys, threading, time
class Stop(Exception): pass
def stop(*_): raise Stop
def answer(connection):
    if b' /slow ' in connection.recv(4096):
        open('/tmp/old-has-it', 'w').close()
        while not os.path.exists('/tmp/old-may-end'): time.sleep(0.01)
    connection.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\nold')
    connection.close()
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
listener.setblocking(False)
signal.signal(signal.SIGTERM, stop)
try:
    while True:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        select.select([listener], [], [])
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        try: connection = listener.accept()[0]
        except BlockingIOError: continue
        connection.setblocking(True)
        threading.Thread(target=answer, args=[connection]).start()
except Stop: pass
for thread in threading.enumerate():
    if thread is not threading.current_thread(): thread.join()
`;

let shop: ServiceHost;
let claim: (seq: number) => Claim;
let release: string;
let seq = 0;
const next = () => claim(++seq);
const address = () => ({ host: shop.host.address, port: PORT });
const unit = async () => (await shop.root('systemctl show -p ActiveState --value shop.service')).trim();
const at = (path: string) => answerAt(`http://${shop.host.address}:${PORT}${path}`);

before(async () => {
  shop = await ServiceHost.start();
  const { address: ip } = shop.host;
  const text = `[Service]\nUser=www-data\nExecStart=/usr/bin/python3 /opt/old.py ${ip} ${PORT}\nKillMode=mixed\n`;
  await shop.root(`printf 'TOKEN=sekrit-token\\n' > /etc/shop.env
    cat > /opt/old.py <<'E'\n${OLD}E
    printf '${text.replaceAll('\n', '\\n')}' > /etc/systemd/system/shop.service
    systemctl daemon-reload; systemctl start shop.service`);
  await until(async () => (await at('/')).status === 200);
  claim = await shop.claimed('run-1');
  release = await shop.staged(claim(0), 'one', releaseWith(BESIDE));
  await shop.call('install-instance', { claim: claim(0), ...unitOf(release, address()) });
});
after(() => shop.stop());

function makeRoom(listen = address()) {
  return shop.call('make-room', { claim: next(), release, closeSocket: false, listen });
}

async function stopped(closeSocket: boolean): Promise<boolean> {
  const change = { claim: next(), release: closeSocket ? null : release, closeSocket };
  let listens = true;
  await until(async () => {
    const now = await shop.call('make-room', change);
    listens = now.listens;
    return now.stopped;
  });
  return listens;
}

test('the address of another program is named before the old unit is stopped', async () => {
  const other = { host: shop.host.address, port: 22 };
  const taken = { claim: next(), release, closeSocket: false, listen: { ...other, port: 8032 } };
  await shop.root(
    `systemd-run -q --unit=other python3 -c "import socket, time; s = socket.create_server(('${other.host}', 8032)); time.sleep(600)"`,
  );
  await until(async () => (await shop.root('ss -ltn')).includes(':8032 '));
  const { message } = await shop.refused('make-room', taken);
  assert.match(
    message,
    /systemd cannot listen on 127\.0\.1\.\d+:8032: it is taken by python3 \(process \d+\)/,
  );
  assert.equal(await unit(), 'active');
  assert.equal((await at('/')).body, 'old');
});

test('connections wait from before the old unit stops, and none is refused', async () => {
  let over = false;
  const answers = new Map<string, number>();
  const users = Array.from({ length: 4 }, async () => {
    while (!over) {
      const { status, body } = await at('/');
      const said = status === 200 ? body : `failed: ${status} ${body}`;
      answers.set(said, (answers.get(said) ?? 0) + 1);
    }
  });
  const slow = at('/slow');
  await until(
    async () =>
      (await shop.host.root('ls /tmp/systemd-private-*/tmp/old-has-it /tmp/old-has-it')).stdout !== '',
  );

  // The old unit still finishes its request, with its own listener open.
  assert.deepEqual(await makeRoom(), { stopped: false, ended: 0, listens: true });
  assert.equal(await unit(), 'deactivating');
  const waiting = at('/');
  await shop.root('touch /tmp/old-may-end');
  assert.equal((await slow).body, 'old');
  assert.equal(await stopped(false), true);

  const start = { claim: next(), release, address: address(), trial: true, waitMilliseconds: 5_000 };
  assert.equal((await shop.call('start', start)).state, 'up');
  assert.equal((await waiting).body, release);
  await shop.call('switch', { claim: next(), release });
  over = true;
  await Promise.all(users);
  assert.deepEqual([...answers.keys()].sort(), ['old', release].sort());
  const left = await shop.root(
    'systemctl show -p Triggers --value shop.socket; ls -R /run/systemd/system.control',
  );
  assert.match(left, /^(shop@\S+ )?shop\.service\b/);
  assert.doesNotMatch(left, /stand-in/);
  assert.match(await shop.root('systemctl is-active landfall-stand-in-shop.service || true'), /inactive/);
});

test('a rollback closes the socket, and the old unit has its address again', async () => {
  await shop.call('restore-unit', { claim: next(), to: 'before' });
  assert.equal(await stopped(true), false);
  await shop.root('rm /tmp/old-*; systemctl daemon-reload; systemctl start shop.service');
  await until(async () => (await at('/')).status === 200);
  assert.equal((await makeRoom()).listens, true);
  assert.equal(await stopped(true), false, 'interrupted before the release was started');
  assert.doesNotMatch(await shop.root('ls -R /run/systemd/system.control'), /stand-in/);
  await shop.root('systemctl start shop.service');
  await until(async () => (await at('/')).status === 200);
});
