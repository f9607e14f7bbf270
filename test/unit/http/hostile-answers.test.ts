import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { ask, connects, SPEAKS_TLS } from '../../../src/http/ask';
import type { HostConnections } from '../../../src/ssh/connections';
import { hostTarget } from '../../harness/deploy-input';

interface Example {
  name: string;
  wire: string;
  fill?: number;
  lines?: number;
  hangs?: boolean;
  drips?: boolean;
  status: number | null | (number | null)[];
  body?: string;
}

/** The helper, the gate and the rehearsal read the same, in `host/tests/test_hostile_answers.py`. */
const EXAMPLES: Example[] = JSON.parse(readFileSync('host/tests/hostile_answers.json', 'utf8'));
const LIMIT_MS = 600;
const PATIENCE_MS = 30_000;

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

function answering({ wire, fill = 0, lines = 0, hangs, drips }: Example): Server {
  const fields = Array.from({ length: lines }, (_, at) => `X-${at}: 1\r\n`).join('');
  const text = `${wire}${fields}${lines > 0 ? '\r\n' : ''}${'x'.repeat(fill)}`;
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(text);
      if (drips) {
        const drip = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(drip));
      } else if (!hangs) socket.end();
    });
  });
}

for (const example of EXAMPLES) {
  test(`the controller reads an answer: ${example.name}`, async () => {
    const port = await listening(answering(example));
    const url = `http://127.0.0.1:${port}/`;
    const endless = example.hangs || example.drips;
    const timeoutMs = endless ? LIMIT_MS : PATIENCE_MS;
    const answer = await ask({ url, allowed: new Set(['127.0.0.1']), headers: {}, timeoutMs });
    const wanted = [example.status].flat();
    assert.ok(wanted.includes(answer.status), `${answer.status}: ${answer.error}`);
    assert.equal(answer.status === null, answer.error !== null);
    assert.ok(answer.body.length < 2_100);
    if (example.body !== undefined) assert.equal(answer.body, example.body);
  });
}

/** An SSH connection that forwards to this machine. */
const connections = {
  to: async () => ({
    end: new AbortController().signal,
    whyEnded: '',
    host: hostTarget('web1'),
    client: {
      forwardOut: (
        _from: string,
        _port: number,
        host: string,
        port: number,
        done: (error: Error | undefined, socket?: unknown) => void,
      ) => {
        const socket = connect(port, host);
        socket.once('connect', () => done(undefined, socket));
        socket.once('error', (error) => done(error));
      },
    },
  }),
} as unknown as HostConnections;

/** Self-signed, for a name that does not exist. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUM9quTSwPjeGmdHwc2Ab8MSCMG14wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJc2hvcC50ZXN0MCAXDTI2MTEyNjE2NDEyN1oYDzIxMjYxMTAy
MTY0MTI3WjAUMRIwEAYDVQQDDAlzaG9wLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASuwsp0D6wEd4zV7tqX67BL9FnZd5VDIJspQmGoje9IUxhFgNxm9NbJ
fVbjZ5ULVbf+XtKxTe1vV/fw9aHWb7mxo1MwUTAdBgNVHQ4EFgQUqJjqNP/06S4I
46kiBGwpoWjj+pgwHwYDVR0jBBgwFoAUqJjqNP/06S4I46kiBGwpoWjj+pgwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBiMdSAXAXIf+rZBLz6ceTp
GON3yIn8ZKgkKmXze9UIpgIgdW7VngcGuukd1oI5IyfNl5iwdR5Axx/kOR+bgrxI
Ves=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJ12Ck+NWanONRs2o
jAsxgZlhbpS3wIGhiOAfQrzwm42hRANCAASuwsp0D6wEd4zV7tqX67BL9FnZd5VD
IJspQmGoje9IUxhFgNxm9NbJfVbjZ5ULVbf+XtKxTe1vV/fw9aHWb7mx
-----END PRIVATE KEY-----
`;

const question = (port: number, secure = false) => ({
  connections,
  host: hostTarget('web1'),
  address: { host: '127.0.0.1', port },
  path: '/health/ready',
  headers: { Host: 'shop.example.com' },
  timeoutMs: PATIENCE_MS,
  secure,
});

test('an app that speaks TLS is asked so, whatever its certificate; by HTTP, its protocol is named', async () => {
  const server = tls.createServer({ cert: CERTIFICATE, key: KEY }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (asked) =>
      socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${String(asked).split('\r\n')[0]}`),
    );
  });
  server.on('tlsClientError', () => undefined);
  const port = await listening(server);
  const answer = await ask(question(port, true));
  assert.deepEqual([answer.status, answer.body], [200, 'GET /health/ready HTTP/1.1']);
  const plain = await ask(question(port));
  assert.deepEqual([plain.status, plain.error], [null, SPEAKS_TLS]);
});

test('an app that speaks HTTP is named where TLS was asked for', async () => {
  const port = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    }),
  );
  assert.equal((await ask(question(port, true))).error, 'the address speaks no TLS');
});

test('a connection alone is an answer where that is asked', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  const port = await listening(silent);
  assert.deepEqual(
    { ...(await connects(question(port))), milliseconds: 0 },
    { status: 200, error: null, body: '', headers: {}, milliseconds: 0 },
  );
  const gone = createServer();
  const closed = await listening(gone);
  gone.close();
  await once(gone, 'close');
  assert.match((await connects(question(closed))).error ?? '', /refused/i);
});
