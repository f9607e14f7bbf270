import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { wrapper } from '../../../src/controller/install/files';
import {
  CURRENT,
  ENV_FILE,
  HOME,
  POLICY_FILE,
  SETTINGS,
  SSH_FOLDER,
  STATE,
} from '../../../src/controller/install/layout';
import { packageRoot } from '../../../src/package-root';
import type { TestHost } from '../hosts';
import { type Ran, runCommand } from '../run-command';

/** Node and the command line, without the worker. */
const SENT = ['build/package', 'package.json', 'host/contract.json', 'host/deploy.sh', 'host/landfall_host'];

/** A host whose user `landfall` is the door of a controller. Its engine runs on this machine, on loopback. */
export class ControllerHost {
  /** Keys, and the configuration of the clients' ssh. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'landfall-door-'));

  /** The text of the policy that was written last. */
  policy = '';

  private constructor(
    readonly host: TestHost,
    private readonly engine: { address: string; namespace: string },
  ) {}

  static async on(host: TestHost, engine: { address: string; namespace: string }): Promise<ControllerHost> {
    const controller = new ControllerHost(host, engine);
    await controller.install();
    return controller;
  }

  /** `ssh://landfall@…`, as landfall.yaml names it. */
  get url(): string {
    return `ssh://landfall@${this.host.address}:${this.host.port}`;
  }

  private async install(): Promise<void> {
    const values = {
      TEMPORAL_ADDRESS: this.engine.address,
      TEMPORAL_NAMESPACE: this.engine.namespace,
      LANDFALL_STATE: STATE,
      LANDFALL_POLICY: POLICY_FILE,
    };
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    await this.root(`
      useradd --system --user-group --home-dir ${HOME} --no-create-home --shell /bin/sh landfall
      install -d -m 755 ${CURRENT}/bin ${SETTINGS}
      install -d -m 750 -o root -g landfall ${HOME}
      install -d -m 755 ${SSH_FOLDER}
      install -d -m 700 -o landfall -g landfall ${STATE}
    `);
    const node = { directory: dirname(process.execPath), file: basename(process.execPath) };
    const packed = execFileSync(
      'tar',
      ['-c', '--exclude=*.map', '-C', node.directory, node.file, '-C', packageRoot(), ...SENT],
      { maxBuffer: 1 << 30 },
    );
    execFileSync('ssh', [...this.asRoot(), `tar -x -C ${CURRENT}`], { input: packed });
    await this.write(ENV_FILE, lines.join(''), '644');
    await this.write(`${CURRENT}/bin/landfall`, wrapper('build/package/landfall.js'), '755');
    await this.root(`ln -s ${CURRENT}/bin/landfall /usr/local/bin/landfall`);
  }

  /** Copies a repository of this machine to the same place there, for the door alone. */
  async copyRepository(directory: string): Promise<void> {
    const packed = execFileSync('tar', ['-c', '-C', '/', directory.slice(1)], { maxBuffer: 1 << 28 });
    const unpack = `rm -rf ${directory} && tar -x -C / && chown -R landfall ${directory}`;
    execFileSync('ssh', [...this.asRoot(), unpack], { input: packed });
  }

  /** Writes the policy, as root. */
  async setPolicy(policy: unknown): Promise<void> {
    this.policy = stringify(policy);
    await this.write(POLICY_FILE, this.policy, '640');
    await this.root(`chgrp landfall ${POLICY_FILE}`);
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
    await this.write(`${SSH_FOLDER}/authorized_keys`, `${lines.join('\n')}\n`, '644');
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
    const { namespace } = this.engine;
    return {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      USER: name,
      TEMPORAL_NAMESPACE: namespace,
    };
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
  ssh(keyFile: string, command: string[], options: { args?: string[] } = {}): Promise<Ran> {
    const words = this.sshWords(keyFile, command, options.args);
    // A hole may leave ssh waiting for ever.
    return runCommand('timeout', ['90', 'ssh', ...words], { env: process.env });
  }

  sshWords(keyFile: string, command: string[], args: string[] = []): string[] {
    const { knownHostsFile, address, port } = this.host;
    const known = ['-o', `UserKnownHostsFile=${knownHostsFile}`, '-o', 'BatchMode=yes'];
    const identity = ['-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-F', 'none'];
    return [...identity, ...known, ...args, '-p', String(port), `landfall@${address}`, '--', ...command];
  }

  stop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
