import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, type ServerChannel } from 'ssh2';
import type { Connection } from '../../../src/ssh/connection';
import { HostConnections } from '../../../src/ssh/connections';
import { execute } from '../../../src/ssh/execute';
import { failsWith } from './access';

/** Behaviour that sshd itself never shows: a server that answers each command as a test asks. */
const answers: Record<string, (channel: ServerChannel) => void> = {
  'closes without a status': (channel) => channel.close(),
  'says something and closes': (channel) => {
    channel.write('half an ans');
    channel.close();
  },
  'closes at once with status 7': (channel) => {
    channel.write('whole');
    channel.exit(7);
    channel.close();
  },
};

const folder = mkdtempSync(join(tmpdir(), 'landfall-channel-'));
const file = (name: string) => join(folder, name);
let server: Server;
let connections: HostConnections;
let connection: Connection;

before(async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file('key')]);
  server = new Server({ hostKeys: [readFileSync(file('key'))] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (asked) => asked.accept());
    client.on('session', (acceptSession) => {
      acceptSession().on('exec', (acceptCommand, _reject, { command }) => {
        answers[command.replace(/'/g, '')]?.(acceptCommand());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(file('key.pub'), 'utf8')}`);
  connections = new HostConnections({ keyFiles: [file('key')], knownHosts: file('known_hosts') });
  const bind = { host: '127.0.0.1', port: 8000 };
  connection = await connections.to({ name: 'web1', address: '127.0.0.1', port, user: 'deploy', bind });
});
after(() => {
  connections.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test('a channel that closes without an exit status is an unknown outcome, whatever it said before', async () => {
  await failsWith(execute(connection, ['closes without a status']), 'OutcomeUnknown', /No answer from web1/);
  await failsWith(
    execute(connection, ['says something and closes']),
    'OutcomeUnknown',
    /No answer from web1/,
  );
});

test('a status that comes together with everything else is not missed', async () => {
  for (let each = 0; each < 20; each += 1) {
    const { code, stdout } = await execute(connection, ['closes at once with status 7']);
    assert.deepEqual({ code, stdout }, { code: 7, stdout: 'whole' });
  }
});
