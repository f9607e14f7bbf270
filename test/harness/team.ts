import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/package-root';
import { freePort } from '../../src/temporal/free-port';
import { ensureTemporal } from './engine/build-temporal';
import { startHost, type TestHost } from './hosts';
import { Repository } from './repository';
import { type Ran, runCommand } from './run-command';
import { until } from './until';

const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');

/** A laptop with a login on two machines: the controller, which serves too, and a host. */
export class Team {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-team-'));
  readonly repository = new Repository();
  private tunnel: ChildProcess | null = null;

  private constructor(
    readonly ops: TestHost,
    readonly web: TestHost,
    readonly port: number,
    private readonly tunnelPort: number,
    private readonly temporal: string,
  ) {
    const known = [ops, web].map((host) => readFileSync(host.knownHostsFile, 'utf8'));
    writeFileSync(this.knownHosts, known.join(''));
    const hosts = [ops, web].map(({ name, address, port: sshPort, user }) => ({
      name,
      address,
      port: sshPort,
      user,
      bind: `${address}:8000`,
    }));
    writeFileSync(
      this.config,
      stringify({
        service: 'shop',
        repository: `ssh://deploy@${web.address}/home/deploy/shop.git`,
        strategy: 'restart',
        app: 'main:app',
        requirements: ['requirements.txt'],
        preImport: { timeout: '300s' },
        gunicorn: { workers: 1, gracefulTimeout: '5s' },
        readiness: { timeout: '60s', successes: 1 },
        environments: { production: { hosts } },
      }),
    );
  }

  static async start(): Promise<Team> {
    const [ops, web] = [await startHost({ kind: 'full-sudo', diskMegabytes: 1500 }), await startHost()];
    const temporal = await ensureTemporal(() => undefined);
    return new Team(ops, web, await freePort(), await freePort(), temporal);
  }

  get knownHosts(): string {
    return join(this.folder, 'known_hosts');
  }

  private get config(): string {
    return join(this.folder, 'landfall.yaml');
  }

  private get env(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return {
      PATH,
      HOME,
      TEMPORAL_ADDRESS: `127.0.0.1:${this.tunnelPort}`,
      LANDFALL_SSH_KEY: this.ops.keyFile,
      LANDFALL_KNOWN_HOSTS: this.knownHosts,
      LANDFALL_STATE: join(this.folder, 'state'),
      LANDFALL_TEMPORAL: this.temporal,
    };
  }

  landfall(...args: string[]): Promise<Ran> {
    return runCommand(process.execPath, [CLIENT, ...args], { env: this.env });
  }

  /** `landfall controller …` as a user with full sudo. */
  controller(command: string, ...args: string[]): Promise<Ran> {
    return this.landfall('controller', command, `deploy@${this.ops.address}`, ...args);
  }

  install(...more: string[]): Promise<Ran> {
    return this.controller('install', '--port', String(this.port), '--config', this.config, ...more);
  }

  /** `landfall setup` on each host, with the key that the controller has printed. */
  async setUp(publicKey: string): Promise<void> {
    const file = join(this.folder, 'controller.pub');
    writeFileSync(file, `${publicKey}\n`);
    for (const { name } of [this.ops, this.web]) {
      const usual = ['--env', 'production', '--config', this.config, '--authorized-key', file, '--yes'];
      const ran = await this.landfall('setup', name, ...usual);
      assert.equal(ran.code, 0, ran.output);
    }
  }

  /** A command with `--config`, as from a checkout. */
  configured(command: string, ...more: string[]): Promise<Ran> {
    return this.landfall(command, 'shop', '--env', 'production', '--config', this.config, ...more);
  }

  /** `landfall controller key add`: makes a key, and lets it ask for these commands. @returns the private key's file */
  async addKey(name: string, ...commands: string[]): Promise<string> {
    const file = join(this.folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    const rights = ['--service', 'shop', '--environment', 'production'];
    const asked = commands.flatMap((command) => ['--command', command]);
    const more = ['--key', `${file}.pub`, ...rights, ...asked, '--config', this.config];
    const machine = `deploy@${this.ops.address}`;
    const ran = await this.landfall('controller', 'key', 'add', machine, name, ...more);
    assert.equal(ran.code, 0, ran.output);
    return file;
  }

  /** The inputs of the action for a deploy with that key. */
  inputs(keyFile: string, ref: string): Record<string, string> {
    return {
      service: 'shop',
      environment: 'production',
      ref,
      controller: `ssh://landfall@${this.ops.address}`,
      'ssh-key': readFileSync(keyFile, 'utf8'),
      'known-hosts': readFileSync(this.knownHosts, 'utf8'),
    };
  }

  /** A command through the door of the controller. @param args more words for ssh */
  ask(keyFile: string, command: string, args: string[] = []): Promise<Ran> {
    const own = ['-F', '/dev/null', '-i', keyFile, '-o', `UserKnownHostsFile=${this.knownHosts}`];
    const words = [...own, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'BatchMode=yes'];
    const target = `landfall@${this.ops.address}`;
    const asked = command === '' ? [] : command.split(' ');
    return runCommand('timeout', ['90', 'ssh', ...words, ...args, target, ...asked], { env: process.env });
  }

  status(): Promise<Ran> {
    return this.landfall('status', 'shop', '--env', 'production');
  }

  /** A commit, in the repository that the controller reaches over SSH with its own key. */
  async commit(message: string, files: Record<string, string>): Promise<string> {
    const config = readFileSync(this.config, 'utf8');
    const commit = this.repository.commit(message, { 'landfall.yaml': config, ...files });
    const url = `ssh://deploy@${this.web.address}/home/deploy/shop.git`;
    await this.web.root('runuser -u deploy -- git init --quiet --bare /home/deploy/shop.git');
    const env = { ...process.env, GIT_SSH_COMMAND: `ssh ${this.sshOptions.join(' ')}` };
    const pushed = await runCommand(
      'git',
      ['-C', this.repository.directory, 'push', '--quiet', '--force', url, 'HEAD:main'],
      { env },
    );
    assert.equal(pushed.code, 0, pushed.output);
    return commit;
  }

  private get sshOptions(): string[] {
    const { keyFile } = this.ops;
    return ['-F', '/dev/null', '-i', keyFile, '-o', `UserKnownHostsFile=${this.knownHosts}`];
  }

  /** `ssh -N -L`, as a person without anything else has it. */
  async openTunnel(): Promise<void> {
    this.tunnel?.kill();
    const forward = `127.0.0.1:${this.tunnelPort}:127.0.0.1:${this.port}`;
    const words = [...this.sshOptions, '-o', 'ExitOnForwardFailure=yes', '-N', '-L', forward];
    this.tunnel = spawn('ssh', [...words, `root@${this.ops.address}`], { stdio: 'ignore' });
    await until(async () => (await this.status()).code !== 6);
  }

  async stop(): Promise<void> {
    this.tunnel?.kill();
    await Promise.all([this.ops.stop(), this.web.stop()]);
    this.repository.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
