import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { keyLine, parsePublicKey } from '../../src/controller/door/public-key';
import { packageRoot } from '../../src/package-root';
import { ControllerHost } from '../harness/door/controller-host';
import { runCommand } from '../harness/run-command';
import { shop } from '../harness/shop';
import { until } from '../harness/until';
import { World } from '../harness/world';
import { reachedOverSsh } from './over-ssh-cases';

/** sshd hands any variable to a session: the door must not depend on its settings. */
const SSHD = 'AcceptEnv *\nPermitUserRC yes\n';

describe('the door of a controller for CI', () => {
  let world: World;
  let door: ControllerHost;
  let ci: string;
  let ada: string;
  let good: string;

  before(async () => {
    world = await World.start({ worker: false, sshd: SSHD });
    door = await ControllerHost.on(world.host, world.engine);
    const keys = { 'github-shop': door.key('ci'), ada: door.key('ada'), bob: door.key('bob') };
    [ci, ada] = [keys['github-shop'].file, keys.ada.file];
    const lines = Object.entries(keys).map(([name, { publicKey }]) =>
      keyLine(name, parsePublicKey(publicKey) ?? assert.fail(publicKey)),
    );
    await door.authorize(...lines);
    const { address, port, user } = world.host;
    await door.setPolicy({
      services: {
        shop: {
          repository: world.repository.directory,
          refs: ['main'],
          environments: { production: { hosts: [`${user}@${address}:${port}`] } },
        },
        other: {
          repository: world.repository.directory,
          environments: { production: { hosts: [`${user}@${address}:${port}`] } },
        },
      },
      keys: {
        'github-shop': {
          services: ['shop'],
          environments: ['production'],
          commands: ['deploy', 'status', 'plan'],
        },
        ada: { operator: true },
      },
    });
    good = await commit('first', shop('1.0.0'));
    const policyFile = join(world.controller.state, 'policy.yaml');
    writeFileSync(policyFile, door.policy);
    await world.controller.startWorker({ LANDFALL_POLICY: policyFile });
  });
  after(async () => {
    door?.stop();
    await world?.stop();
  });

  /** With landfall.yaml, as a project has it; the door's copy of the repository knows it at once. */
  async function commit(message: string, files: Record<string, string>): Promise<string> {
    const config = readFileSync(world.configFile, 'utf8');
    const sha = world.repository.commit(message, { 'landfall.yaml': config, ...files });
    await door.copyRepository(world.repository.directory);
    return sha;
  }

  test('a runner without Landfall deploys, and sees the outcome and its exit code', async () => {
    const command = ['deploy', 'shop', 'production', good, '--ci', 'github/acme/shop/7'];
    const ran = await door.ssh(ci, command);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /^Deploying [0-9a-f]{40} of shop to production/m);
    const status = await door.ssh(ci, ['status', 'shop', 'production']);
    assert.match(status.output, /^Started \S+ by github-shop \(key\)\.$/m);
    const again = await door.ssh(ci, command);
    assert.match(again.output, /CI run github\/acme\/shop\/7 has deployed this already/);
  });

  test('what a key is not for is refused, and tells nothing more', async () => {
    const cases: [command: string[], says: RegExp][] = [
      [[], /^Refused: this key opens no shell\.$/m],
      [['sh'], /Refused: this is not one of the commands/],
      [['deploy', 'other', 'production', 'main'], /may not do anything with other\.$/m],
      [['deploy', 'nowhere', 'production', 'main'], /may not do anything with nowhere\.$/m],
      [['deploy', 'shop', 'staging', 'main'], /may not do anything in staging\.$/m],
      [['rollback', 'shop', 'production'], /may not rollback\.$/m],
      [['decide', 'shop', 'production', 'accept'], /may not decide\.$/m],
      [['deploy', 'shop', 'production', 'main', '--supersede'], /may not deploy with --supersede\.$/m],
      [['deploy', 'shop', 'production', 'main', '--config', '/etc/passwd'], /does not take this option/],
      [['engine'], /may not reach the engine\.$/m],
      [['landfall', 'engine'], /may not reach the engine\.$/m],
      [['env', 'list', 'shop'], /Refused: this is not one of the commands/],
      [["'deploy shop production $(id)'"], /Refused: the command has a character other than/],
      [['deploy', 'shop', 'production', 'main;id'], /Refused: the command has a character other than/],
      [['deploy', 'shop', 'production', 'main\nid'], /Refused: the command has a character other than/],
      [['deploy', 'shop', 'production', '--upload-pack=id'], /Refused: write: deploy SERVICE/],
      [['deploy', 'shop', 'production', 'refs/pull/1/head'], /cannot be deployed|proposed change/],
      [['deploy', 'shop', 'production', '../../x'], /InvalidInput/],
    ];
    for (const [command, says] of cases) {
      const { code, output } = await door.ssh(ci, command);
      assert.equal(code, 1, `${command.join(' ')}: ${output}`);
      assert.match(output, says, command.join(' '));
      assert.doesNotMatch(output, /uid=|landfall:x|at \S+\.js/, command.join(' '));
    }
    const unlisted = await door.ssh(ada.replace(/ada$/, 'bob'), ['status', 'shop', 'production']);
    assert.match(unlisted.output, /The key bob is not in the policy of this controller\./);
  });

  /** The answer of a unix socket of the controller through `ssh -L`, to a word of D-Bus. */
  async function answerThrough(keyFile: string, target: string): Promise<'answered' | 'closed'> {
    const path = `${keyFile}.sock`;
    const ssh = spawn('ssh', door.sshWords(keyFile, [], ['-N', '-L', `${path}:${target}`]), {
      stdio: 'ignore',
    });
    try {
      await until(async () => existsSync(path));
      const socket = connect(path);
      socket.write('\0AUTH\r\n');
      const answered = once(socket, 'data').then(() => 'answered' as const);
      // A refused channel may end in a reset.
      const closed = once(socket, 'close')
        .catch(() => undefined)
        .then(() => 'closed' as const);
      return await Promise.race([answered.catch(() => 'closed' as const), closed]);
    } finally {
      ssh.kill();
    }
  }

  test('SSH gives the key nothing else: no shell, file, port, socket, terminal or variable', async () => {
    const local = `${world.engine.address}`;
    const status = ['status', 'shop', 'production'];
    // Forwardings are refused when they are used: a request through each gets no answer.
    const forwardings: [what: string, args: string[]][] = [
      ['a port', ['-o', 'ExitOnForwardFailure=yes', '-W', local]],
      ['a remote port', ['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:9', '-N']],
      ['a remote socket', ['-o', 'ExitOnForwardFailure=yes', '-R', '/tmp/planted:127.0.0.1:9', '-N']],
    ];
    for (const [what, args] of forwardings) {
      const { code, output } = await door.ssh(ci, [], { args });
      assert.equal(code, 255, `${what}: ${output}`);
      assert.match(output, /administratively prohibited|open failed|forwarding failed|[Ff]orwarding/, what);
    }
    assert.equal(await answerThrough(ci, '/run/dbus/system_bus_socket'), 'closed');
    const sftp = await door.ssh(ci, ['sftp'], { args: ['-s'] });
    // sshd sends no standard error of a subsystem: the forced command's exit code is the answer.
    assert.deepEqual([sftp.code, sftp.output], [1, '']);
    const terminal = await door.ssh(ci, ['sh'], { args: ['-tt'] });
    assert.match(terminal.output, /PTY allocation request failed/);
    assert.notEqual(terminal.code, 0);
    const variables = [
      'NODE_OPTIONS=--require=/etc/passwd',
      'LD_PRELOAD=/nowhere.so',
      'LANDFALL_POLICY=/dev/null',
      'LANDFALL_BY=root',
      'TEMPORAL_ADDRESS=127.0.0.1:9',
      'PATH=/tmp',
      'HOME=/tmp',
      'BASH_ENV=/etc/passwd',
      'GIT_SSH_COMMAND=id',
    ];
    const sent = await door.ssh(ci, status, { args: variables.flatMap((each) => ['-o', `SetEnv=${each}`]) });
    assert.match(sent.output, /^Started \S+ by github-shop \(key\)\.$/m, sent.output);
    assert.equal((await world.host.root('ls /tmp/planted')).code !== 0, true);
  });

  test('a commit cannot choose its hosts, its repository or a branch that is not allowed', async () => {
    const config = readFileSync(world.configFile, 'utf8');
    const { address } = world.host;
    const elsewhere = config.replaceAll(`address: ${address}`, 'address: 127.0.1.253');
    assert.notEqual(elsewhere, config);
    world.repository.commit('other host', { 'landfall.yaml': elsewhere });
    const renamed = config.replace('service: shop', 'service: other');
    const otherService = world.repository.commit('other service', { 'landfall.yaml': renamed });
    const stolen = config.replace(/^repository: .*$/m, 'repository: /etc');
    const otherRepository = world.repository.commit('other repository', { 'landfall.yaml': stolen });
    await commit('first again', shop('1.0.0'));
    const plan = (ref: string) => door.ssh(ci, ['plan', 'shop', 'production', ref]);
    const moved = await plan(otherService);
    assert.match(moved.output, /describes other, not shop\./);
    const host = await plan(await shaBefore(otherService));
    assert.match(
      host.output,
      /\(deploy@127\.0\.1\.253:\d+\) is not in services\.shop\.environments\.production\.hosts/,
    );
    // The door takes the repository of the policy, so this commit is planned from there.
    assert.match((await plan(otherRepository)).output, /^Plan: /m);
    const branch = world.repository.branch('feature/x', 'not reviewed');
    await door.copyRepository(world.repository.directory);
    const unreviewed = await plan(branch);
    assert.match(unreviewed.output, /is on no branch and no tag that may be deployed: main\./);
    for (const ran of [moved, host, unreviewed]) assert.equal(ran.code, 1, ran.output);
  });

  async function shaBefore(sha: string): Promise<string> {
    const { output } = await runCommand('git', ['-C', world.repository.directory, 'rev-parse', `${sha}~1`]);
    return output.trim();
  }

  test('an operator reaches the engine, and the worker still holds to the policy', async () => {
    const env = { ...door.clientEnv('ada', door.configFor(ada)), LANDFALL_CONTROLLER: door.url };
    const landfall = (...args: string[]) =>
      runCommand(process.execPath, [join(packageRoot(), 'build', 'src', 'client.js'), ...args], { env });
    const usual = ['--env', 'production', '--config', world.configFile];
    const status = await landfall('status', 'shop', ...usual);
    assert.match(status.output, /^Started \S+ by github-shop \(key\)\.$/m);
    world.configure({ service: 'pay' });
    const other = await landfall('deploy', 'pay', ...usual, '--ref', 'main');
    assert.equal(other.code, 2, other.output);
    assert.match(other.output, /The policy of the controller has no services\.pay\./);
    world.configure({});
    const branch = world.repository.branch('feature/y', 'not reviewed');
    const unreviewed = await landfall('deploy', 'shop', ...usual, '--ref', branch);
    assert.equal(unreviewed.code, 2, unreviewed.output);
    assert.match(unreviewed.output, /does not let commit \w{7} be deployed: it is on none of main\./);
  });

  reachedOverSsh(() => door);
});
