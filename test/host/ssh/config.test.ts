import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { HostTarget } from '../../../src/config/deploy-input';
import { HostConnections } from '../../../src/ssh/connections';
import { execute } from '../../../src/ssh/execute';
import { freePort } from '../../../src/temporal/free-port';
import { startHost, type TestHost } from '../../harness/hosts';
import { failsWith } from './access';

const folder = mkdtempSync(join(tmpdir(), 'landfall-ssh-config-'));
const file = (name: string) => join(folder, name);
let host: TestHost;
let bastion: TestHost;
let ipv6Port: number;

before(async () => {
  ipv6Port = await freePort();
  [host, bastion] = await Promise.all([
    startHost({
      sshd: `ListenAddress [::1]:${ipv6Port}\nPasswordAuthentication yes\nPermitEmptyPasswords yes`,
    }),
    startHost(),
  ]);
  // A name that only the bastion knows: whoever reaches it went through the bastion.
  await asRoot(bastion, `echo '${host.address} web1.internal' >>/etc/hosts`);
  await asRoot(bastion, 'useradd --create-home --shell /bin/bash ops');
  await asRoot(bastion, 'install -D -o ops -m 600 /root/.ssh/authorized_keys /home/ops/.ssh/authorized_keys');
  await asRoot(bastion, 'chown ops /home/ops/.ssh');
  // A name that only that host knows, which is then the last jump host.
  await asRoot(host, `echo '${host.address} web9.internal' >>/etc/hosts`);
  await asRoot(host, 'useradd --create-home --shell /bin/bash tailed && passwd --quiet --delete tailed');
});
after(async () => {
  await Promise.all([host.stop(), bastion.stop()]);
  rmSync(folder, { recursive: true });
});

async function asRoot(on: TestHost, command: string): Promise<void> {
  const ran = await on.root(command);
  assert.equal(ran.code, 0, ran.stderr);
}

const bind = { host: '127.0.0.1', port: 8000 };
const alias = (address: string, changes: Partial<HostTarget> = {}): HostTarget => ({
  name: address,
  address,
  port: null,
  user: null,
  bind,
  ...changes,
});

const keyOf = (on: TestHost) => readFileSync(on.knownHostsFile, 'utf8').trim().split(' ').slice(1).join(' ');

/** The configuration of a team: the hosts by name, keys by file, and all of that behind `bastion` too. */
function configured(more = '', knownHosts = known()): HostConnections {
  writeFileSync(file('known_hosts'), knownHosts);
  writeFileSync(
    file('config'),
    `${more}
Host web1
  HostName ${host.address}
  Port ${host.port}
  HostKeyAlias shop-web1
Host bastion
  HostName ${bastion.address}
  Port ${bastion.port}
  User ops
Host inner
  HostName web1.internal
  Port ${host.port}
  ProxyJump bastion
Host *
  IdentityFile ${host.keyFile}
  UserKnownHostsFile ${file('known_hosts')}
`,
  );
  return new HostConnections({ keyFiles: [], knownHosts: null, configFile: file('config') });
}

const known = () =>
  [`shop-web1 ${keyOf(host)}`, `web1.internal ${keyOf(host)}`, `${bastion.address} ${keyOf(bastion)}`].join(
    '\n',
  );

async function whoami(connections: HostConnections, target: HostTarget): Promise<string> {
  try {
    return (await execute(await connections.to(target), ['whoami'])).stdout.trim();
  } finally {
    connections.close();
  }
}

test('an alias has its address, port, key and key name from the configuration, and deploy as its user', async () => {
  assert.equal(await whoami(configured(), alias('web1')), 'deploy');
});

test('landfall.yaml counts before the configuration', async () => {
  const wrong = 'Host web1\n  User games\n  Port 1\n';
  assert.equal(await whoami(configured(wrong), alias('web1', { user: 'deploy', port: host.port })), 'deploy');
  await failsWith(
    whoami(configured(wrong), alias('web1')),
    'HostUnreachable',
    /web1 \(games@.*:1\).*refused/,
  );
});

test('a configured user is taken, and root is not', async () => {
  const root = configured('Host web1\n  User root\n');
  assert.equal(await root.userOf(alias('web1')), 'deploy');
  assert.equal(await configured('Host web1\n  User ada\n').userOf(alias('web1')), 'ada');
});

test('a host behind a jump host is reached through it, and both keys are verified', async () => {
  assert.equal(await whoami(configured(), alias('inner')), 'deploy');
  await failsWith(
    whoami(configured('', `${bastion.address} ${keyOf(bastion)}`), alias('inner')),
    'HostKeyMismatch',
    /host key of inner is not known: web1\.internal shows SHA256/,
  );
  const { details } = await failsWith(
    whoami(configured('', `web1.internal ${keyOf(host)}`), alias('inner')),
    'HostKeyMismatch',
    /host key of jump host bastion of inner is not known/,
  );
  assert.match(details.advice, /ssh-keyscan -p 22/);
});

test('a host that shows a certificate needs no line of its own, also behind a jump host', async () => {
  const authority = (name: string) => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file(name)]);
    return `@cert-authority shop-web1,web1.internal ${readFileSync(file(`${name}.pub`), 'utf8').trim()}`;
  };
  const [ours, theirs] = [authority('ours'), authority('theirs')];
  const jump = `${bastion.address} ${keyOf(bastion)}`;
  const none = configured('', `${ours}\n${jump}`);
  await failsWith(
    whoami(none, alias('web1')),
    'HostKeyMismatch',
    /known_hosts:1 trusts a certificate authority for this host, but the host shows no certificate/,
  );
  writeFileSync(file('host.pub'), keyOf(host));
  const sign = ['-q', '-s', file('ours'), '-I', 'web1', '-h', '-n', 'shop-web1,web1.internal'];
  execFileSync('ssh-keygen', [...sign, file('host.pub')], { stdio: 'pipe' });
  const shown = '/etc/ssh/host-cert.pub';
  await asRoot(host, `echo '${readFileSync(file('host-cert.pub'), 'utf8').trim()}' >${shown}`);
  await asRoot(
    host,
    `echo HostCertificate ${shown} >/etc/ssh/sshd_config.d/20-certificate.conf && systemctl reload ssh`,
  );
  for (const name of ['web1', 'inner'])
    assert.equal(await whoami(configured('', `${ours}\n${jump}`), alias(name)), 'deploy', name);
  await failsWith(
    whoami(configured('', `${theirs}\n${jump}`), alias('web1')),
    'HostKeyMismatch',
    /counts for nothing: another authority has signed it/,
  );
  const revoked = `${ours}\n@revoked * ${keyOf(host)}`;
  await failsWith(whoami(configured('', revoked), alias('web1')), 'HostKeyMismatch', /is revoked/);
});

test('hosts behind one jump host share one connection to it, which ends when they have', async () => {
  const connections = configured('Host inner2\n  HostName web1.internal\n  ProxyJump bastion\n');
  const [one, two] = await Promise.all([connections.to(alias('inner')), connections.to(alias('inner2'))]);
  assert.notEqual(one, two);
  const established = await bastion.root(
    `ss -Htn state established src ${bastion.address}:${bastion.port} | wc -l`,
  );
  assert.equal(established.stdout.trim(), '1');
  connections.close();
});

test('two jump hosts follow each other, and a circle of them is refused', async () => {
  const two = configured(
    'Host far\n  HostName web9.internal\n  HostKeyAlias shop-web1\n  ProxyJump ops@bastion,inner\n',
  );
  assert.equal(await whoami(two, alias('far')), 'deploy');
  const circle = 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n';
  await failsWith(
    whoami(configured(circle), alias('a')),
    'InvalidInput',
    /ProxyJump .* leads in a circle for a/,
  );
});

test('a jump host that forbids the tunnel, or cannot reach the host, says so', async () => {
  await asRoot(bastion, "sed -i 's/^/no-port-forwarding /' /home/ops/.ssh/authorized_keys");
  await failsWith(
    whoami(configured(), alias('inner')),
    'AuthRejected',
    /jump host bastion of inner \(ops@.*\) does not forward to web1\.internal:22/,
  );
  await asRoot(bastion, "sed -i 's/^no-port-forwarding //' /home/ops/.ssh/authorized_keys");
  await failsWith(
    whoami(configured(), alias('inner', { port: 1 })),
    'HostUnreachable',
    /inner \(deploy@web1\.internal:1, through bastion\) cannot be reached: connection refused/,
  );
});

test('a ProxyCommand carries the connection, and its last words stand in the failure', async () => {
  const through = `Host web1\n  ProxyCommand ${process.execPath} -e 'const s = require("net").connect(%p, "%h"); s.pipe(process.stdout); process.stdin.pipe(s)'\n`;
  assert.equal(await whoami(configured(through), alias('web1')), 'deploy');
  const broken = 'Host web1\n  ProxyCommand echo "no tunnel to %n" >&2; exit 3\n';
  await failsWith(
    whoami(configured(broken), alias('web1')),
    'HostUnreachable',
    /Its last words: no tunnel to web1/,
  );
});

test('an agent with many keys offers only those that the configuration names', async (t) => {
  const socket = file('agent');
  const started = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]);
  t.after(() => process.kill(pid));
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  for (let n = 0; n < 7; n++) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(`other-${n}`)]);
    execFileSync('ssh-add', ['-q', file(`other-${n}`)], { env });
  }
  execFileSync('ssh-add', ['-q', host.keyFile], { env });
  writeFileSync(file('login.pub'), readFileSync(`${host.keyFile}.pub`));
  const agent = `Host web1\n  IdentityAgent ${socket}\n  IdentityFile ${file('login.pub')}\n`;
  const asked = `${agent}  IdentitiesOnly yes\n`;
  const config = (text: string) => {
    const connections = configured(text);
    writeFileSync(
      file('config'),
      readFileSync(file('config'), 'utf8').replace(`  IdentityFile ${host.keyFile}\n`, ''),
    );
    return connections;
  };
  await failsWith(
    whoami(config(agent), alias('web1')),
    'HostUnreachable',
    /Too many authentication failures/,
  );
  assert.equal(await whoami(config(asked), alias('web1')), 'deploy');
});

test('a server that wants no key gets none', async () => {
  assert.equal(await whoami(configured(), alias('web1', { user: 'tailed' })), 'tailed');
});

test('an IPv6 address is reached, with its own entry in known_hosts', async () => {
  const target = alias('::1', { port: ipv6Port });
  await failsWith(whoami(configured(), target), 'HostKeyMismatch', /::1 shows SHA256/);
  assert.equal(await whoami(configured('', `[::1]:${ipv6Port} ${keyOf(host)}`), target), 'deploy');
});

test('a configuration that ssh refuses is an error with its words', async () => {
  await failsWith(
    whoami(configured('Hostname\nNonsense yes\n'), alias('web1')),
    'InvalidInput',
    /configuration for web1 cannot be read: .*config/,
  );
});
