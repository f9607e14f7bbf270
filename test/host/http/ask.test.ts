import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { HostTarget } from '../../../src/config/deploy-input';
import type { Address } from '../../../src/contract/contract-types';
import { ask } from '../../../src/http/ask';
import type { HostConnections } from '../../../src/ssh/connections';
import { ForwardingForbidden } from '../../../src/ssh/forward';
import { startHost, type TestHost } from '../../harness/hosts';
import { until } from '../../harness/until';
import { connectionsTo, failsWith, targetOf } from '../ssh/access';

/** Serves HTTP on the host: its own port, and a unix socket that the deploying user may use. */
const service = `
import os, socket, socketserver, sys, threading
from http.server import BaseHTTPRequestHandler
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("%s %s %s" % (self.path, self.headers["Host"], self.headers["Connection"])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self):
        return "somebody"
class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
class Unix(socketserver.ThreadingUnixStreamServer):
    pass
tcp = Tcp((sys.argv[1], 8000), Handler)
unix = Unix("/run/shop.sock", Handler)
os.chmod("/run/shop.sock", 0o666)
threading.Thread(target=tcp.serve_forever, daemon=True).start()
unix.serve_forever()
`;

const start = (host: TestHost) =>
  host.root(
    `cat >/root/service.py <<'E'\n${service}\nE\n` +
      `systemd-run -q --unit=service python3 /root/service.py ${host.address}\n` +
      'for i in $(seq 200); do [ -S /run/shop.sock ] && exit 0; sleep 0.05; done; exit 1',
  );

let open: TestHost;
let closed: TestHost;
let connections: HostConnections;
let target: HostTarget;
before(async () => {
  [open, closed] = await Promise.all([
    startHost(),
    startHost({ sshd: 'AllowTcpForwarding no\nAllowStreamLocalForwarding no' }),
  ]);
  for (const host of [open, closed]) assert.equal((await start(host)).code, 0);
  connections = connectionsTo(open);
  target = targetOf(open);
});
after(async () => {
  connections.close();
  await Promise.all([open.stop(), closed.stop()]);
});

/** Patient: most tests are not about it, and on a busy machine an SSH connection or a name takes its time. */
const PATIENCE_MS = 30_000;

function askOpen(address: Address, changes: { timeoutMs?: number; headers?: Record<string, string> } = {}) {
  const { timeoutMs = PATIENCE_MS, headers = {} } = changes;
  return ask({ connections, host: target, address, path: '/health/ready?x=1', headers, timeoutMs });
}

test('a connection that has just ended is not a service that does not answer', async () => {
  const { client } = await connections.to(target);
  client.destroy();
  await failsWith(
    askOpen({ host: open.address, port: 8000 }),
    'HostUnreachable',
    /was lost during a question/,
  );
  await until(async () => (await connections.to(target)).client !== client);
  assert.equal((await askOpen({ host: open.address, port: 8000 })).status, 200);
});

/** A server of this process, for what a controller asks by URL. */
async function serve(listener: RequestListener): Promise<{ server: Server; url: string; stop(): void }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { server, url: `http://127.0.0.1:${port}`, stop };
}

const askUrl = (url: string, timeoutMs = PATIENCE_MS) =>
  ask({ url, allowed: new Set(['127.0.0.1']), headers: {}, timeoutMs });

test('a port of the host is asked through the SSH connection', async () => {
  const answer = await askOpen({ host: open.address, port: 8000 });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, `/health/ready?x=1 ${open.address}:8000 close`);
  assert.equal(answer.error, null);
  assert.equal(answer.headers['content-length'], String(answer.body.length));
});

test('a unix socket of the host is asked through the SSH connection', async () => {
  const answer = await askOpen({ socket: '/run/shop.sock' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, '/health/ready?x=1 localhost close');
});

test('a Host field from the configuration is the one that is sent', async () => {
  const answer = await askOpen({ host: open.address, port: 8000 }, { headers: { Host: 'shop.example.com' } });
  assert.equal(answer.body, '/health/ready?x=1 shop.example.com close');
});

test('a port without a listener is an answer in words', async () => {
  const answer = await askOpen({ host: open.address, port: 8001 });
  assert.equal(answer.status, null);
  assert.equal(answer.error, 'connection refused');
});

test('a socket without a listener is left to the host itself, because sshd does not say why', async () => {
  await assert.rejects(askOpen({ socket: '/run/absent.sock' }), ForwardingForbidden);
});

test('a host that does not forward is told apart from a service that does not answer', async () => {
  const others = connectionsTo(closed);
  for (const address of [{ host: closed.address, port: 8000 }, { socket: '/run/shop.sock' }]) {
    const question = {
      connections: others,
      host: targetOf(closed),
      path: '/',
      headers: {},
      timeoutMs: PATIENCE_MS,
    };
    await assert.rejects(ask({ ...question, address }), ForwardingForbidden);
  }
  others.close();
});

test('an unreachable host is not an answer of the service', async () => {
  const host = targetOf(open, { port: 1 });
  const address = { host: open.address, port: 8000 };
  const asked = ask({ connections, host, address, path: '/', headers: {}, timeoutMs: PATIENCE_MS });
  await failsWith(asked, 'HostUnreachable', /connection was refused/);
});

test('connecting to the host counts towards the time of the question', async () => {
  const silent = createServer();
  silent.removeAllListeners('connection').listen(0, '127.0.0.1');
  const peers: Socket[] = [];
  silent.on('connection', (peer) => peers.push(peer));
  await once(silent, 'listening');
  const bound = silent.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const host = targetOf(open, { address: '127.0.0.1', port });
  const asked = ask({ connections, host, address: target.bind, path: '/', headers: {}, timeoutMs: 200 });
  await failsWith(asked, 'HostUnreachable', /no SSH connection to web1 after 200 ms/);
  for (const peer of peers) peer.destroy();
  silent.close();
});

test('every question comes on a connection of its own', async (t) => {
  const ports = new Set<number | undefined>();
  const { url, stop } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  t.after(stop);
  for (let each = 0; each < 3; each += 1) assert.equal((await askUrl(url)).status, 200);
  assert.equal(ports.size, 3);
});

test('path and query of a URL are asked, and a redirect is an answer', async (t) => {
  const seen: IncomingMessage[] = [];
  const { url, stop } = await serve((request, response) => {
    seen.push(request);
    response.writeHead(302, { location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'] }).end();
  });
  t.after(stop);
  const answer = await askUrl(`${url}/health/ready?deep=1`);
  assert.equal(answer.status, 302);
  assert.equal(answer.headers['set-cookie'], 'a=1, b=2');
  assert.deepEqual(
    seen.map((request) => request.url),
    ['/health/ready?deep=1'],
  );
});

test('of a long body the first 2 KiB are kept, marked as cut, and of an endless one too', async (t) => {
  const { url, stop } = await serve((request, response) => {
    response.writeHead(503);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    if (request.url === '/endless') response.on('drain', more);
    response.write('x'.repeat(10_000));
    if (request.url !== '/endless') response.end();
    else more();
  });
  t.after(stop);
  for (const path of ['/', '/endless']) {
    const answer = await askUrl(url + path);
    assert.equal(answer.status, 503);
    assert.equal(answer.body, `${'x'.repeat(2048)}[landfall: cut]`);
  }
});

test('a service that does not answer in time, in its head or its body, has not answered', async (t) => {
  const { url, stop } = await serve((request, response) => {
    if (request.url === '/body') response.write('half');
  });
  t.after(stop);
  for (const path of ['/', '/body']) {
    const answer = await askUrl(url + path, 300);
    assert.equal(answer.status, null);
    assert.equal(answer.error, 'no answer within 300 ms');
    assert.ok(answer.milliseconds >= 290, `${answer.milliseconds} ms`);
  }
});

test('a URL without a listener, an unknown name and a broken answer are answers in words', async (t) => {
  const { url, server, stop } = await serve(() => undefined);
  stop();
  await once(server, 'close');
  const refused = await askUrl(url);
  assert.equal(refused.status, null);
  assert.match(refused.error ?? '', /ECONNREFUSED/);
  assert.match((await askUrl('http://web1.invalid/')).error ?? '', /ENOTFOUND|EAI_AGAIN/);

  const broken = await serve((request) => request.socket.end('SMTP 220\r\n\r\n'));
  t.after(() => broken.stop());
  const answer = await askUrl(broken.url);
  assert.equal(answer.status, null);
  assert.notEqual(answer.error, '');
});
