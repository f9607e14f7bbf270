import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import type { TestHost } from '../hosts';
import { type Ran, runCommand } from '../run-command';

/** The controller's files on its machine, for tests of its door: `landfall controller install` makes the same. */
export const ON_CONTROLLER = {
  program: '/opt/landfall-controller/current',
  env: '/etc/landfall-controller/env',
  policy: '/etc/landfall-controller/policy.yaml',
  home: '/var/lib/landfall-controller',
};

/** Node and the command line, without the worker. */
const SENT = ['build/package', 'package.json', 'host/contract.json', 'host/landfall_host'];

/** A host whose user `landfall` is the door of a controller. Its engine runs on this machine, on loopback. */
export class ControllerHost {
  /** Keys, and the configuration of the clients' ssh. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'landfall-door-'));

  private constructor(
    readonly host: TestHost,
    private readonly engineAddress: string,
  ) {}

  static async on(host: TestHost, engine: { address: string; namespace: string }): Promise<ControllerHost> {
    const controller = new ControllerHost(host, engine.address);
    await controller.install(engine.namespace);
    return controller;
  }

  /** `ssh://landfall@…`, as landfall.yaml names it. */
  get url(): string {
    return `ssh://landfall@${this.host.address}:${this.host.port}`;
  }

  private async install(namespace: string): Promise<void> {
    const { program, env, home } = ON_CONTROLLER;
    const values = {
      TEMPORAL_ADDRESS: this.engineAddress,
      TEMPORAL_NAMESPACE: namespace,
      LANDFALL_STATE: home,
      LANDFALL_POLICY: ON_CONTROLLER.policy,
    };
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    await this.root(`
      useradd --system --home-dir ${home} --shell /bin/sh landfall
      install -d -o landfall -g landfall -m 700 ${home}
      install -d -m 755 ${program} /etc/landfall-controller
    `);
    const node = { directory: join(process.execPath, '..'), file: 'node' };
    const packed = execFileSync(
      'tar',
      ['-c', '--exclude=*.map', '-C', node.directory, node.file, '-C', packageRoot(), ...SENT],
      { maxBuffer: 1 << 30 },
    );
    execFileSync('ssh', [...this.asRoot(), `tar -x -C ${program}`], { input: packed });
    await this.write(env, `${lines.join('\n')}\n`, '644');
    await this.write(
      '/usr/local/bin/landfall',
      `#!/bin/sh\nset -a\n. ${env}\nset +a\nexec ${program}/node ${program}/build/package/landfall.js "$@"\n`,
      '755',
    );
    await this.root(`
      install -d -m 755 ${home}/.ssh && install -m 644 /dev/null ${home}/.ssh/authorized_keys
      chmod 711 ${home}
    `);
  }

  private asRoot(): string[] {
    const { keyFile, knownHostsFile, address, port } = this.host;
    const options = ['-o', `UserKnownHostsFile=${knownHostsFile}`, '-o', 'BatchMode=yes'];
    return ['-i', keyFile, ...options, '-p', String(port), `root@${address}`];
  }

  /** Runs a command as root on the controller. @throws when it fails */
  async root(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.host.root(`set -e\n${command}`);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Writes a file of root's. */
  async write(path: string, content: string, mode: string): Promise<void> {
    const { code, stderr } = await this.host.root(`cat >${path} && chmod ${mode} ${path}`, {
      input: content,
    });
    if (code !== 0) throw new Error(`${path}: ${stderr}`);
  }

  /** Makes a key. @returns its files */
  key(name: string): { file: string; publicFile: string; publicKey: string } {
    const file = join(this.folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name} of a test`, '-f', file]);
    return { file, publicFile: `${file}.pub`, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
  }

  /** Writes `authorized_keys` of the door. */
  async authorize(...lines: string[]): Promise<void> {
    await this.write(`${ON_CONTROLLER.home}/.ssh/authorized_keys`, `${lines.join('\n')}\n`, '644');
  }

  /**
   * The environment of a client whose `ssh` has this configuration and no other. ssh itself takes no other home
   * directory than that of its user.
   */
  clientEnv(name: string, sshConfig: string): NodeJS.ProcessEnv {
    const bin = mkdtempSync(join(this.folder, 'bin-'));
    const config = join(bin, 'config');
    writeFileSync(config, sshConfig);
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    return { PATH: `${bin}:${process.env.PATH}`, HOME: this.folder, USER: name };
  }

  /** The configuration of a person who has connected to this controller before. */
  configFor(keyFile: string): string {
    return [
      'Host *',
      `  IdentityFile ${keyFile}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${this.host.knownHostsFile}`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n');
  }

  /** `ssh landfall@controller …` with a key, as a runner without Landfall does it. */
  ssh(keyFile: string, command: string[], options: { args?: string[]; input?: string } = {}): Promise<Ran> {
    const { knownHostsFile, address, port } = this.host;
    const known = ['-o', `UserKnownHostsFile=${knownHostsFile}`, '-o', 'BatchMode=yes'];
    const identity = ['-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-F', 'none'];
    const login = ['-p', String(port), `landfall@${address}`];
    return runCommand('ssh', [...identity, ...known, ...(options.args ?? []), ...login, '--', ...command], {
      env: process.env,
      input: options.input,
    });
  }

  stop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
