import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { Address } from '../../../src/contract/contract-types';
import { ask } from '../../../src/http/ask';
import type { Connection } from '../../../src/ssh/connection';
import type { HostConnections } from '../../../src/ssh/connections';
import { execute } from '../../../src/ssh/execute';
import { ForwardingForbidden, openTunnel } from '../../../src/ssh/forward';
import { startHost, type TestHost } from '../../harness/hosts';
import { until } from '../../harness/until';
import { connectionsTo, failsWith, targetOf } from './access';

/** Answers with what it was sent, and with nothing at all on port 8001; also on a unix socket. */
const ECHO = `
import os, socket, socketserver, sys, threading
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + self.rfile.readline())
class Silent(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read()
class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 64
class Unix(socketserver.ThreadingUnixStreamServer):
    pass
servers = [Tcp((sys.argv[1], 8000), Echo), Tcp((sys.argv[1], 8001), Silent), Unix("/run/echo", Echo)]
os.chmod("/run/echo", 0o666)
for server in servers:
    threading.Thread(target=server.serve_forever).start()
open("/run/echo-is-up", "w")
`;

let host: TestHost;
let restricted: TestHost;
let connections: HostConnections;
let connection: Connection;
before(async () => {
  [host, restricted] = await Promise.all([startHost(), startHost({ sshd: 'PermitOpen 127.0.0.1:1' })]);
  const ran = await host.root(
    `cat >/root/echo.py <<'E'\n${ECHO}\nE\nsystemd-run -q --unit=echo python3 /root/echo.py ${host.address}\n` +
      'for i in $(seq 200); do [ -e /run/echo-is-up ] && exit 0; sleep 0.05; done; exit 1',
  );
  assert.equal(ran.code, 0, ran.stderr);
  connections = connectionsTo(host);
  connection = await connections.to(targetOf(host));
});
after(async () => {
  connections.close();
  await Promise.all([host.stop(), restricted.stop()]);
});

async function echoed(address: Address): Promise<string> {
  const tunnel = await openTunnel(connection, address);
  tunnel.end('hello\n');
  return (await text(tunnel)).split('\r\n').at(-1) ?? '';
}

test('a port and a unix socket of the host are reached', async () => {
  assert.equal(await echoed({ host: host.address, port: 8000 }), 'hello\n');
  assert.equal(await echoed({ socket: '/run/echo' }), 'hello\n');
});

test('without a listener, the error says so', async () => {
  await assert.rejects(openTunnel(connection, { host: host.address, port: 1 }), {
    name: 'Error',
    message: 'connection refused',
  });
});

test('a place that sshd does not forward to is told apart', async () => {
  const elsewhere = connectionsTo(restricted);
  const tunnel = openTunnel(await elsewhere.to(targetOf(restricted)), { host: restricted.address, port: 22 });
  await assert.rejects(tunnel, ForwardingForbidden);
  elsewhere.close();
});

test('a connection that has ended opens no tunnel, and fails at once', async () => {
  const other = connectionsTo(host);
  const lost = await other.to(targetOf(host));
  const opening = openTunnel(lost, { host: host.address, port: 8000 });
  lost.client.destroy();
  await assert.rejects(opening);
  await assert.rejects(openTunnel(lost, { host: host.address, port: 8000 }));
  await assert.rejects(openTunnel(lost, { socket: '/run/echo' }));
});

test('the connection may be lost in the middle of a question, which says nothing about the service', async () => {
  const other = connectionsTo(host);
  const target = targetOf(host);
  const lost = await other.to(target);
  const address = { host: host.address, port: 8001 };
  const asking = ask({
    connections: other,
    host: target,
    address,
    path: '/',
    headers: {},
    timeoutMs: 60_000,
  });
  await execute(lost, ['true']);
  lost.client.destroy();
  await failsWith(asking, 'HostUnreachable', /was lost during a question/);
});

test('twenty who ask at the same time make one connection', async () => {
  const established = async () =>
    Number((await host.root(`ss -Htn state established src ${host.address}:22 | wc -l`)).stdout);
  const before = await established();
  const other = connectionsTo(host);
  const target = targetOf(host);
  const ran = await Promise.all(
    Array.from({ length: 20 }, async () => execute(await other.to(target), ['echo', 'one'])),
  );
  assert.equal(ran.filter(({ stdout }) => stdout === 'one\n').length, 20);
  assert.equal(await established(), before + 1);
  other.close();
});

test('two hundred questions, answered and not, leave nothing open on either side', async () => {
  const other = connectionsTo(host);
  const target = targetOf(host);
  const used = await other.to(target);
  const session = (await execute(used, ['sh', '-c', 'echo $PPID'])).stdout.trim();
  const openThere = async () => Number((await host.root(`ls /proc/${session}/fd | wc -l`)).stdout);
  const openHere = () => readdirSync('/proc/self/fd').length;
  const [there, here] = [await openThere(), openHere()];
  const addresses: Address[] = [
    { host: host.address, port: 8000 },
    { host: host.address, port: 8001 },
    { socket: '/run/echo' },
    { host: host.address, port: 1 },
  ];
  const silent = (address: Address) => 'port' in address && address.port === 8001;
  const statuses: (number | null)[] = [];
  for (let each = 0; each < 50; each += 1) {
    const asked = addresses.map((address) =>
      ask({
        connections: other,
        host: target,
        address,
        path: '/',
        headers: {},
        timeoutMs: silent(address) ? 100 : 5_000,
      }),
    );
    for (const answer of await Promise.all(asked)) statuses.push(answer.status);
  }
  assert.equal(statuses.filter((status) => status === 200).length, 100);
  await until(async () => (await openThere()) <= there);
  assert.ok(openHere() <= here, `${openHere()} instead of ${here} open files here`);
  assert.equal(used.end.aborted, false);
  other.close();
  if (!used.end.aborted) await once(used.end, 'abort');
});
