import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execute } from '../../../src/ssh/execute';
import { startHost, type TestHost } from '../../harness/hosts';
import { connectionsTo, failsWith, targetOf } from './access';

const folder = mkdtempSync(join(tmpdir(), 'landfall-connection-'));
let host: TestHost;
before(async () => {
  host = await startHost({ sshd: 'HostKey /etc/ssh/ssh_host_ecdsa_key' });
  const made = await host.root(
    'ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/ssh_host_ecdsa_key && systemctl restart ssh',
  );
  assert.equal(made.code, 0, made.stderr);
});
after(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

const publicKey = async (type: string) =>
  (await host.root(`cut -d" " -f1,2 /etc/ssh/ssh_host_${type}_key.pub`)).stdout.trim();

function newKey(name: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
  return join(folder, name);
}

/** Connects with a known_hosts file of that content. @returns what `whoami` says */
async function whoami(content: string): Promise<string> {
  const file = join(folder, 'known_hosts');
  writeFileSync(file, content);
  const connections = connectionsTo(host, { knownHosts: file });
  try {
    return (await execute(await connections.to(targetOf(host)), ['whoami'])).stdout;
  } finally {
    connections.close();
  }
}

/** A peer of our own on a free port. */
async function listen(onPeer: (peer: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onPeer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

test('a host whose key is known is connected to', async () => {
  assert.equal(await whoami(readFileSync(host.knownHostsFile, 'utf8')), 'deploy\n');
});

test('with several host keys the server is asked for the one that is known', async () => {
  assert.equal(await whoami(`${host.address} ${await publicKey('ed25519')}`), 'deploy\n');
  assert.equal(await whoami(`${host.address} ${await publicKey('ecdsa')}`), 'deploy\n');
});

test('an unknown host is refused with its fingerprint and the command that adds it', async () => {
  const { details, message } = await failsWith(
    whoami(''),
    'HostKeyMismatch',
    /host key of web1 is not known/,
  );
  assert.match(
    details.advice,
    new RegExp(`Compare.*ssh-keyscan -p 22 ${host.address} >> ${folder}/known_hosts`),
  );
  const shown = /SHA256:\S+(?=\.$)/.exec(message)?.[0] ?? 'no fingerprint';
  const own = await host.root('for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done');
  assert.ok(own.stdout.includes(shown), `${shown} is not among ${own.stdout}`);
});

test('a missing known_hosts file has no keys', async () => {
  const connections = connectionsTo(host, { knownHosts: join(folder, 'absent') });
  await failsWith(connections.to(targetOf(host)), 'HostKeyMismatch', /is not known/);
});

test('a known_hosts file that cannot be read is an error of its own', async () => {
  const connections = connectionsTo(host, { knownHosts: folder });
  await failsWith(connections.to(targetOf(host)), 'InvalidInput', /cannot be read \(EISDIR\)/);
});

test('a changed key is refused with the line and both fingerprints', async () => {
  const other = readFileSync(`${newKey('other-host')}.pub`, 'utf8').trim();
  const { message } = await failsWith(
    whoami(`# ours\n${host.address} ${other}`),
    'HostKeyMismatch',
    /known_hosts:2 knows SHA256:\S+, .* shows SHA256:/,
  );
  assert.equal(new Set(message.match(/SHA256:[^,.\s]+/g)).size, 2);
});

test('a revoked key is refused', async () => {
  const key = await publicKey('ed25519');
  await failsWith(
    whoami(`${host.address} ${key}\n@revoked * ${key}`),
    'HostKeyMismatch',
    /is revoked \(.*known_hosts:2\)/,
  );
});

test('a key that the host does not accept is named, with the user', async () => {
  const connections = connectionsTo(host, { keyFiles: [newKey('stranger')] });
  const { details } = await failsWith(
    connections.to(targetOf(host)),
    'AuthRejected',
    /web1 \(deploy@127\.0\.1\.\d+:22\) accepts none .* offered: .*\/stranger/,
  );
  assert.match(details.advice, /~deploy\/\.ssh\/authorized_keys/);
});

test("an agent's key is used, and an agent that is gone is said to be", async (t) => {
  const socket = join(folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => agent.kill());
  await once(agent.stdout, 'data');
  execFileSync('ssh-add', ['-q', host.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  const before = process.env.SSH_AUTH_SOCK;
  process.env.SSH_AUTH_SOCK = socket;
  const connections = connectionsTo(host, { keyFiles: [newKey('not-there')] });
  if (before === undefined) delete process.env.SSH_AUTH_SOCK;
  else process.env.SSH_AUTH_SOCK = before;

  const connection = await connections.to(targetOf(host));
  connections.close();
  await once(connection.end, 'abort');

  const ended = once(agent, 'exit');
  agent.kill();
  await ended;
  await failsWith(connections.to(targetOf(host)), 'AuthRejected', /SSH agent did not answer/);
});

test('a port without a listener is unreachable, and retried', async () => {
  const connections = connectionsTo(host);
  await failsWith(
    connections.to(targetOf(host, { port: 1 })),
    'HostUnreachable',
    /the connection was refused/,
  );
});

test('an unknown name is unreachable', async () => {
  const connections = connectionsTo(host);
  const target = targetOf(host, { address: 'web1.invalid' });
  await failsWith(connections.to(target), 'HostUnreachable', /name cannot be resolved/);
});

test('a peer that is not an SSH server is unreachable and does no harm', async (t) => {
  const { server, port } = await listen((peer) => {
    peer.on('error', () => undefined);
    peer.write('220 mail.example.com ESMTP\r\n');
    setImmediate(() => peer.resetAndDestroy());
  });
  t.after(() => server.close());
  const connections = connectionsTo(host);
  await failsWith(connections.to(targetOf(host, { address: '127.0.0.1', port })), 'HostUnreachable', /web1/);
});

test('a peer that says nothing is given up after ten seconds', async (t) => {
  const peers: Socket[] = [];
  const { server, port } = await listen((peer) => peers.push(peer));
  t.after(() => {
    for (const peer of peers) peer.destroy();
    server.close();
  });
  const began = performance.now();
  const connections = connectionsTo(host);
  const target = targetOf(host, { address: '127.0.0.1', port });
  await failsWith(connections.to(target), 'HostUnreachable', /no answer in time/);
  const took = performance.now() - began;
  // Without the limit, nothing would end it.
  assert.ok(took > 9_000, `${took} ms`);
});

test('all steps share one connection, made once however many ask at the same time', async () => {
  const connections = connectionsTo(host);
  const all = await Promise.all([1, 2, 3].map(() => connections.to(targetOf(host))));
  assert.equal(new Set(all).size, 1);
  assert.equal(await connections.to(targetOf(host)), all[0]);
  connections.close();
});

test('after a loss the next use connects again', async () => {
  const connections = connectionsTo(host);
  const first = await connections.to(targetOf(host));
  first.client.destroy();
  await once(first.end, 'abort');
  const second = await connections.to(targetOf(host));
  assert.notEqual(second, first);
  assert.equal((await execute(second, ['whoami'])).stdout, 'deploy\n');
  connections.close();
});

test('an unused connection is closed; one with a running command is kept', async () => {
  const connections = connectionsTo(host, { idleMs: 200 });
  const connection = await connections.to(targetOf(host));
  assert.equal((await execute(connection, ['sleep', '1'])).code, 0);
  await once(connection.end, 'abort');
  assert.equal((await execute(await connections.to(targetOf(host)), ['true'])).code, 0);
  connections.close();
});
