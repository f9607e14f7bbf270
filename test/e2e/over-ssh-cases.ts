/** Commands of a person reach the engine through the door of its controller. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ENV_FILE } from '../../src/controller/install/layout';
import { packageRoot } from '../../src/package-root';
import type { ControllerHost } from '../harness/door/controller-host';
import { type Ran, runCommand } from '../harness/run-command';

const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');

/** @param door a controller that has other keys too */
export function reachedOverSsh(door: () => ControllerHost): void {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-over-ssh-'));
  let controller: ControllerHost;
  let keyFile: string;

  before(async () => {
    controller = door();
    const key = controller.key('carol');
    keyFile = key.file;
    const added = await administer('add', 'carol', '--key', key.publicFile, '--operator');
    assert.equal(added.code, 0, added.output);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** `landfall controller key …`, as root of the controller. */
  function administer(command: string, ...more: string[]): Promise<Ran> {
    const { host } = controller;
    const machine = `root@${host.address}:${host.port}`;
    const { PATH, HOME } = process.env;
    const access = { LANDFALL_SSH_KEY: host.keyFile, LANDFALL_KNOWN_HOSTS: host.knownHostsFile };
    return runCommand(process.execPath, [CLIENT, 'controller', 'key', command, machine, ...more], {
      env: { PATH, HOME, ...access },
    });
  }

  function configure(address: string | null): void {
    const file = `service: blank
repository: https://git.example.com/shop.git
${address === null ? '' : `controller: ${address}`}
environments: { production: { hosts: [web1.example.com] } }
`;
    writeFileSync(join(folder, 'landfall.yaml'), file);
  }

  function status(env: NodeJS.ProcessEnv): Promise<Ran> {
    return runCommand(process.execPath, [CLIENT, 'status', 'blank', '--env', 'production'], {
      cwd: folder,
      env,
    });
  }

  const NEVER_DEPLOYED = /^blank was never deployed to production from this engine\.\n$/;

  test('landfall.yaml names it, or LANDFALL_CONTROLLER does, also by an alias of the SSH configuration', async () => {
    const usual = controller.clientEnv('carol', controller.configFor(keyFile));
    configure(controller.url);
    assert.match((await status(usual)).output, NEVER_DEPLOYED);
    configure('ssh://ops');
    const alias = `Host ops\n  HostName ${controller.host.address}\n  Port ${controller.host.port}\n  User landfall\n  RemoteCommand /bin/false\n`;
    const aliased = controller.clientEnv('carol', `${alias}${controller.configFor(keyFile)}`);
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
      const { code, output } = await status(controller.clientEnv('carol', config));
      assert.equal(code, 6, `${what}: ${output}`);
      assert.match(output, says, what);
      assert.match(output, /Nothing was started/, what);
    }
    configure(url);
    const none = await status({ PATH: dirname(process.execPath).replace('/usr/bin', '/nowhere') });
    assert.match(none.output, /this machine has no ssh command[\s\S]*Install the OpenSSH client/);
    await controller.root(`sed -i.kept 's/^TEMPORAL_ADDRESS=.*/TEMPORAL_ADDRESS=127.0.0.1:9/' ${ENV_FILE}`);
    const lost = await status(controller.clientEnv('carol', usual));
    assert.equal(lost.code, 6, lost.output);
    assert.match(lost.output, /refuses:\nThe Temporal engine at 127\.0\.0\.1:\d+ cannot be reached/);
    await controller.root(`mv ${ENV_FILE}.kept ${ENV_FILE}`);
  });

  test('a key that is taken away opens nothing any more', async () => {
    assert.match((await administer('list')).output, /^carol {2}ssh-ed25519 {2}operator$/m);
    const limits = ['--service', 'blank', '--environment', 'production', '--command', 'deploy'];
    const unknown = await administer('add', 'ci', '--key', `${keyFile}.pub`, ...limits);
    assert.match(unknown.output, /has no services\.blank, and landfall\.yaml does not describe it/);
    const twice = await administer('add', 'bob', '--key', `${keyFile}.pub`, '--operator');
    assert.match(twice.output, /This public key is there already, as carol/);
    assert.equal((await administer('remove', 'carol')).code, 0);
    assert.doesNotMatch((await administer('list')).output, /carol/);
    configure(controller.url);
    const refused = await status(controller.clientEnv('carol', controller.configFor(keyFile)));
    assert.match(refused.output, /does not take the SSH key of this machine/);
  });
}
