import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { HostConnections } from '../../../src/ssh/connections';
import { failsWith } from '../../harness/fails-with';

test('a server that wants a person to visit an address is refused at once, with the address', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-tailscale-'));
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
  const banner =
    '# Tailscale SSH requires an additional check.\n# To authenticate, visit: https://login.tailscale.com/a/1b2c3d\n';
  // The server answers no login, as Tailscale waits for the visit.
  const server = new ssh2.Server({ hostKeys: [readFileSync(key)], banner }, (client) => {
    client.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${key}.pub`, 'utf8')}`);
  const connections = new HostConnections({ keyFiles: [key], knownHosts, configFile: 'none' });
  t.after(() => {
    connections.close();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const bind = { host: '127.0.0.1', port: 8000 };
  const failure = await failsWith(
    connections.to({ name: 'web1', address: '127.0.0.1', port, user: 'deploy', bind }),
    'AuthRejected',
    /web1 \(deploy@127\.0\.0\.1:\d+\) is behind Tailscale SSH, .* visit https:\/\/login\.tailscale\.com\/a\/1b2c3d\./,
  );
  assert.match(failure.details.advice, /`action: accept`/);
});
