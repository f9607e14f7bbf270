import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/package-root';
import { ensureTemporal } from './engine/build-temporal';
import { freePort } from './free-port';
import { startHost, type TestHost } from './hosts';
import { Repository } from './repository';
import { type Ran, runCommand } from './run-command';
import { Running } from './running';
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
        gunicorn: { workers: 2, gracefulTimeout: '5s' },
        readiness: { timeout: '20s', successes: 3 },
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

  deploy(ref: string): Promise<Ran> {
    return this.landfall(...this.deployWords(ref));
  }

  /** Starts a deploy, to be watched and ended by the test. */
  beginDeploy(ref: string): Running {
    return new Running(process.execPath, [CLIENT, ...this.deployWords(ref)], this.env);
  }

  private deployWords(ref: string): string[] {
    return ['deploy', 'shop', '--env', 'production', '--config', this.config, '--ref', ref];
  }

  status(): Promise<Ran> {
    return this.landfall('status', 'shop', '--env', 'production');
  }

  /** A commit, in the repository that the controller reaches over SSH with its own key. */
  async commit(message: string, files: Record<string, string>): Promise<string> {
    const commit = this.repository.commit(message, files);
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
