import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { execute } from '../../../src/ssh/execute';
import { startHost, type TestHost } from '../../harness/hosts';
import { Relay } from '../../harness/relay';
import { connectionsTo, failsWith, targetOf } from './access';

/** Knows this host under the relay's address too. */
function throughRelay(host: TestHost, relay: Relay) {
  const file = `${host.knownHostsFile}.relay-${relay.port}`;
  const key = readFileSync(host.knownHostsFile, 'utf8').trim().split(' ').slice(1).join(' ');
  writeFileSync(file, `[127.0.0.1]:${relay.port} ${key}\n`);
  const connections = connectionsTo(host, { knownHosts: file });
  return { connections, target: targetOf(host, { address: '127.0.0.1', port: relay.port }) };
}

// Side by side: each of them takes as long as the limit it is about.
describe('a line to a host', { concurrency: true }, () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.stop());

  test('that falls silent for 12 s is given up, and the outcome is unknown', async () => {
    const relay = await Relay.to(host);
    const { connections, target } = throughRelay(host, relay);
    const connection = await connections.to(target);
    const running = execute(connection, ['sleep', '60']);
    const second = execute(connection, ['sleep', '60']);
    relay.fallSilent();
    await failsWith(running, 'OutcomeUnknown', /No answer from web1: nothing was heard for 12 s/);
    await failsWith(second, 'OutcomeUnknown', /nothing was heard/);
    // Not the connection that was kept: it is forgotten with its end.
    assert.equal((await execute(await connections.to(target), ['true'])).code, 0);
    relay.close();
  });

  test('that falls silent while a session is being opened is given up too', async () => {
    const relay = await Relay.to(host);
    const { connections, target } = throughRelay(host, relay);
    const connection = await connections.to(target);
    relay.fallSilent();
    await failsWith(execute(connection, ['true']), 'OutcomeUnknown', /nothing was heard for 12 s/);
    relay.close();
  });

  test('that is reset in the middle of a command leaves the outcome unknown', async () => {
    const relay = await Relay.to(host);
    const { connections, target } = throughRelay(host, relay);
    const running = execute(await connections.to(target), ['sleep', '60']);
    // The command runs once another one on the same connection has ended.
    await execute(await connections.to(target), ['true']);
    relay.cut();
    await failsWith(running, 'OutcomeUnknown', /No answer from web1: /);
    assert.equal((await execute(await connections.to(target), ['true'])).code, 0);
    relay.close();
  });

  test('on which a command says nothing for 20 s is kept, since the server answers', async () => {
    const connections = connectionsTo(host);
    const ran = await execute(await connections.to(targetOf(host)), ['sh', '-c', 'sleep 20; echo done']);
    assert.equal(ran.stdout, 'done\n');
    connections.close();
  });

  test('that is slow is not taken for a silent one during an upload', async () => {
    const relay = await Relay.to(host, 70_000);
    const { connections, target } = throughRelay(host, relay);
    const upload = randomBytes(1_600_000);
    const ran = await execute(await connections.to(target), ['wc', '-c'], { stdin: upload });
    assert.equal(ran.stdout.trim(), String(upload.length));
    relay.close();
  });
});
