import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { ControllerHost } from '../harness/door/controller-host';
import { startEngine } from '../harness/engine';
import { startHost, type TestHost } from '../harness/hosts';
import { type Ran, runCommand } from '../harness/run-command';

const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');

describe('a controller that commands reach over SSH', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-over-ssh-'));
  let host: TestHost;
  let controller: ControllerHost;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let keyFile: string;

  before(async () => {
    [host, engine] = await Promise.all([startHost(), startEngine()]);
    controller = await ControllerHost.on(host, engine);
    const key = controller.key('ada');
    keyFile = key.file;
    const added = await administer('add', 'ada', '--key', key.publicFile, '--operator');
    assert.equal(added.code, 0, added.output);
  });
  after(async () => {
    controller?.stop();
    await engine?.stop();
    await host?.stop();
    rmSync(folder, { recursive: true });
  });

  /** `landfall controller key …`, as root of the controller. */
  function administer(command: string, ...more: string[]): Promise<Ran> {
    const machine = `root@${host.address}:${host.port}`;
    const { PATH, HOME } = process.env;
    const access = { LANDFALL_SSH_KEY: host.keyFile, LANDFALL_KNOWN_HOSTS: host.knownHostsFile };
    return runCommand(process.execPath, [CLIENT, 'controller', 'key', command, machine, ...more], {
      env: { PATH, HOME, ...access },
    });
  }

  function configure(address: string | null): void {
    const file = `service: shop
repository: https://git.example.com/shop.git
${address === null ? '' : `controller: ${address}`}
environments: { production: { hosts: [web1.example.com] } }
`;
    writeFileSync(join(folder, 'landfall.yaml'), file);
  }

  function status(env: NodeJS.ProcessEnv): Promise<Ran> {
    return runCommand(process.execPath, [CLIENT, 'status', 'shop', '--env', 'production'], {
      cwd: folder,
      env,
    });
  }

  const NEVER_DEPLOYED = /^shop was never deployed to production from this engine\.\n$/;

  test('landfall.yaml names it, or LANDFALL_CONTROLLER does, also by an alias of the SSH configuration', async () => {
    const usual = controller.clientEnv('ada', controller.configFor(keyFile));
    configure(controller.url);
    assert.match((await status(usual)).output, NEVER_DEPLOYED);
    configure('ssh://ops');
    const alias = `Host ops\n  HostName ${host.address}\n  Port ${host.port}\n  User landfall\n  RemoteCommand /bin/false\n`;
    const aliased = controller.clientEnv('ada', `${alias}${controller.configFor(keyFile)}`);
    assert.match((await status(aliased)).output, NEVER_DEPLOYED);
    configure(null);
    assert.match((await status({ ...usual, LANDFALL_CONTROLLER: controller.url })).output, NEVER_DEPLOYED);
  });

  test('each reason why it cannot be reached has its own sentence and next step, and the exit code 6', async () => {
    const { url } = controller;
    const usual = controller.configFor(keyFile);
    const stranger = controller.configFor(controller.key('stranger').file);
    const forgetful = `UserKnownHostsFile /dev/null\nStrictHostKeyChecking no\n${usual}`;
    const cases: [what: string, address: string, config: string, says: RegExp][] = [
      ['key', url, stranger, /does not take the SSH key of this machine[\s\S]*controller key add HOST NAME/],
      ['host key', url, forgetful, /the host key is not known on this machine[\s\S]*compare the fingerprint/],
      ['port', url.replace(/\d+$/, '9'), usual, /the SSH server does not answer \(.*Connection refused/],
      ['configuration', url, `Colour blue\n${usual}`, /configuration of this machine is refused/],
    ];
    for (const [what, address, config, says] of cases) {
      configure(address);
      const { code, output } = await status(controller.clientEnv('ada', config));
      assert.equal(code, 6, `${what}: ${output}`);
      assert.match(output, says, what);
      assert.match(output, /Nothing was started/, what);
    }
    configure(url);
    const none = await status({ PATH: dirname(process.execPath).replace('/usr/bin', '/nowhere') });
    assert.match(none.output, /this machine has no ssh command[\s\S]*Install the OpenSSH client/);
    await engine.stop();
    const lost = await status(controller.clientEnv('ada', usual));
    assert.equal(lost.code, 6, lost.output);
    assert.match(lost.output, /refuses:\nThe Temporal engine at 127\.0\.0\.1:\d+ cannot be reached/);
  });

  test('a key that is taken away opens nothing any more', async () => {
    assert.match((await administer('list')).output, /^ada {2}ssh-ed25519 {2}operator$/m);
    const limits = ['--service', 'shop', '--environment', 'production', '--command', 'deploy'];
    const unknown = await administer('add', 'ci', '--key', `${keyFile}.pub`, ...limits);
    assert.match(unknown.output, /has no services\.shop, and landfall\.yaml does not describe it/);
    const twice = await administer('add', 'bob', '--key', `${keyFile}.pub`, '--operator');
    assert.match(twice.output, /This public key is there already, as ada/);
    assert.equal((await administer('remove', 'ada')).code, 0);
    assert.match((await administer('list')).output, /No key opens this controller/);
    configure(controller.url);
    const refused = await status(controller.clientEnv('ada', controller.configFor(keyFile)));
    assert.match(refused.output, /does not take the SSH key of this machine/);
  });
});
