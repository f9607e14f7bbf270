import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../src/temporal/free-port';
import { startEngine } from '../harness/engine';
import { runCommand } from '../harness/run-command';

const CLIENT = join(__dirname, '..', '..', 'src', 'client.js');
const folder = mkdtempSync(join(tmpdir(), 'landfall-client-'));
after(() => rmSync(folder, { recursive: true }));

const CONFIG = `service: shop
repository: https://git.example.com/shop.git
environments:
  production:
    hosts: [web1.example.com]
`;

/** Runs a command of people who configured nothing but this. */
function landfall(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { PATH } = process.env;
  return runCommand(process.execPath, [CLIENT, ...args], {
    cwd: folder,
    env: { PATH, HOME: folder, ...env },
  });
}

function configured(content: string): string {
  writeFileSync(join(folder, 'landfall.yaml'), content);
  return content;
}

const deploy = ['deploy', 'shop', '--env', 'production', '--ref', 'main'];

test('help names every command', async () => {
  const { code, output } = await landfall(['--help']);
  assert.equal(code, 0);
  for (const command of ['deploy', 'rollback', 'status', 'cancel', 'decide', 'setup', 'dev', 'worker']) {
    assert.match(output, new RegExp(`^ {2}${command} `, 'm'));
  }
  assert.equal((await landfall(['deploy', '--help'])).code, 0);
});

test('wrong usage ends with 1 and says what is wrong', async () => {
  const wrong: [string[], RegExp][] = [
    [[], /Usage: landfall/],
    [['launch'], /unknown command 'launch'/],
    [['deploy', '--env', 'production'], /missing required argument 'service'/],
    [['deploy', 'shop'], /required option '--env <name>' not specified/],
    [[...deploy, '--force'], /unknown option '--force'/],
    [['dev', '--port', '65536'], /Give a port from 1 to 65535/],
    [['dev', '--ui-port', 'x'], /Give a port from 1 to 65535/],
    [['decide', 'shop', 'wait', '--env', 'production'], /Allowed choices are retry, accept, go-forward/],
  ];
  for (const [args, says] of wrong) {
    const { code, output } = await landfall(args);
    assert.equal(code, 1, args.join(' '));
    assert.match(output, says);
  }
});

test('a mistake in the configuration ends with 1 and names file and line', async () => {
  configured(CONFIG.replace('    hosts:', '    host:'));
  const { code, output } = await landfall(deploy);
  assert.equal(code, 1);
  assert.match(output, /landfall\.yaml:\d+.*host\b/);
  assert.doesNotMatch(output, /^\s+at /m);
});

test('what the configuration does not describe ends with 1', async () => {
  configured(CONFIG);
  const wrong: [string[], RegExp][] = [
    [['deploy', 'blog', '--env', 'production', '--ref', 'main'], /describes the service shop, not blog/],
    [['deploy', 'shop', '--env', 'staging', '--ref', 'main'], /staging.*production/s],
    [[...deploy, '--config', 'missing.yaml'], /missing\.yaml/],
    [['deploy', 'shop', '--env', 'production'], /Name the commit with --ref/],
    [['setup', 'web9', '--env', 'production'], /has no host web9; it has: web1/],
  ];
  for (const [args, says] of wrong) {
    const { code, output } = await landfall(args);
    assert.equal(code, 1, `${args.join(' ')}: ${output}`);
    assert.match(output, says);
    assert.doesNotMatch(output, /^\s+at /m);
  }
});

test('setup sends nothing but a public key', async () => {
  configured(CONFIG);
  writeFileSync(join(folder, 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n');
  const setup = ['setup', 'web1.example.com', '--env', 'production', '--authorized-key'];
  for (const [file, says] of [
    ['key', /key is not a public SSH key on one line; name the \.pub file/],
    ['absent.pub', /absent\.pub of --authorized-key cannot be read/],
  ] as const) {
    const { code, output } = await landfall([...setup, file]);
    assert.equal(code, 1, output);
    assert.match(output, says);
    assert.doesNotMatch(output, /c2VjcmV0|^\s+at /m);
  }
});

test('an engine that is not there ends a command with 6', async () => {
  configured(CONFIG);
  const commands = [deploy, ['status', 'shop', '--env', 'production']];
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  for (const { code, output } of await Promise.all(commands.map((args) => landfall(args, env)))) {
    assert.equal(code, 6, output);
    assert.match(output, /The Temporal engine at 127\.0\.0\.1:1 cannot be reached .* Nothing was started/s);
    assert.doesNotMatch(output, /^\s+at /m);
  }
});

test('an engine that refuses what is asked ends a command with 6 and its own words', async (t) => {
  configured(CONFIG);
  const engine = await startEngine();
  t.after(() => engine.stop());
  const env = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: 'nowhere' };
  for (const args of [deploy, ['status', 'shop', '--env', 'production']]) {
    const { code, output } = await landfall(args, env);
    assert.equal(code, 6, output);
    assert.match(output, /The Temporal engine refused or was lost: .*nowhere/);
    assert.doesNotMatch(output, /^\s+at /m);
  }
});

test('engine settings that cannot be read end a command with 1 and name the variable', async () => {
  configured(CONFIG);
  for (const args of [deploy, ['status', 'shop', '--env', 'production'], ['worker']]) {
    const { code, output } = await landfall(args, { TEMPORAL_PROFILE: 'nowhere' });
    assert.equal(code, 1, output);
    assert.match(output, /settings of the Temporal engine cannot be read \(.*nowhere.*TEMPORAL_PROFILE/s);
    assert.doesNotMatch(output, /^\s+at /m);
  }
});

test('an engine that accepts and says nothing is given up', async (t) => {
  configured(CONFIG);
  const server = createServer((peer) => peer.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // Without the limit of 10 s, nothing would end it.
  const { code, output } = await landfall(deploy, { TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
  assert.equal(code, 6, output);
});

test('an engine that cannot be had is told with every place that was tried', async () => {
  const { code, output } = await landfall(['dev', '--port', String(await freePort())], {
    PATH: '/nowhere',
    // A proxy that does not run: out of reach for the download too, on every machine.
    HTTPS_PROXY: 'http://127.0.0.1:1',
  });
  assert.equal(code, 1, output);
  assert.match(output, /not found, and could not be downloaded:\n {2}- temporal on PATH: not there\n/);
  assert.match(
    output,
    /\.cache\/landfall\/temporal\/[\d.]+\/temporal: not there\n {2}- the official download: /,
  );
  assert.match(output, /Install Temporal's command line .* or set LANDFALL_TEMPORAL/);
  assert.doesNotMatch(output, /\n {4}at /, 'no stack');
});
