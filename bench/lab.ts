import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/package-root';
import { Controller } from '../test/harness/controller';
import { type Engine, startEngine } from '../test/harness/engine';
import { startHost, type TestHost } from '../test/harness/hosts';
import { Repository } from '../test/harness/repository';
import { type Ran, runCommand } from '../test/harness/run-command';
import { Load } from './load';

const LANDFALL = join(packageRoot(), 'build', 'src', 'client.js');

/** Five services with a virtual environment each, in memory. */
const DISK_MEGABYTES = 2048;

/** All contenders share one host, one repository and one source of load, also Landfall's engine and worker. */
export class Lab {
  private readonly cleanups: (() => Promise<unknown> | unknown)[] = [];

  private constructor(
    readonly folder: string,
    readonly host: TestHost,
    readonly repository: Repository,
    readonly controller: Controller,
    readonly load: Load,
    private readonly signal: AbortSignal,
  ) {}

  /** @param signal ends commands under way; the lab is stopped by whoever started it */
  static async start(signal: AbortSignal): Promise<Lab> {
    const cleanups: (() => Promise<unknown> | unknown)[] = [];
    try {
      const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-'));
      cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
      const repository = new Repository();
      cleanups.push(() => repository.remove());
      const host = await startHost({ diskMegabytes: DISK_MEGABYTES });
      cleanups.push(() => host.stop());
      const engine: Engine = await startEngine();
      cleanups.push(() => engine.stop());
      const controller = new Controller(engine, host);
      cleanups.push(() => controller.stop());
      await controller.startWorker();
      const load = await Load.begin();
      cleanups.push(() => load.end());
      const lab = new Lab(folder, host, repository, controller, load, signal);
      lab.cleanups.push(...cleanups);
      lab.writeSshConfig();
      await lab.addUsers();
      return lab;
    } catch (error) {
      await undo(cleanups);
      throw error;
    }
  }

  /** @throws when the bench was asked to end: what was measured meanwhile means nothing */
  mustGoOn(): void {
    this.signal.throwIfAborted();
  }

  /** Everything in reverse order; what fails does not keep the rest from ending. */
  async stop(): Promise<void> {
    await this.closeConnections();
    await undo(this.cleanups);
  }

  /** OpenSSH's settings for the host, called `bench` there, with one connection shared by all commands. */
  get sshConfig(): string {
    return join(this.folder, 'ssh_config');
  }

  /** Runs a command of a contender on this machine, with whatever it starts in a session of its own. */
  run(
    command: string,
    args: string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
  ): Promise<Ran> {
    this.mustGoOn();
    const { PATH, HOME, LANG } = process.env;
    const env = { PATH, HOME, LANG, ...options.env };
    return runCommand('setsid', [command, ...args], {
      env,
      cwd: options.cwd,
      onStart: (child) => {
        const endAll = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
        this.signal.addEventListener('abort', endAll, { once: true });
        child.once('exit', () => this.signal.removeEventListener('abort', endAll));
      },
    });
  }

  /** Runs a `landfall` command. */
  landfall(args: string[]): Promise<Ran> {
    return this.run(process.execPath, [LANDFALL, ...args], { env: this.controller.env });
  }

  /** Runs a command on the host that has to succeed. */
  async root(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.host.root(command, { input });
    if (code !== 0) throw new Error(`On the host, ended with ${code}: ${command}\n${stderr}`);
    return stdout;
  }

  /** Opens the shared connection, or finds it open. */
  async openConnection(): Promise<void> {
    const { code, output } = await this.run('ssh', ['-F', this.sshConfig, 'bench', 'true']);
    if (code !== 0) throw new Error(`No SSH connection to the host:\n${output}`);
  }

  private async closeConnections(): Promise<void> {
    await runCommand('ssh', ['-F', this.sshConfig, '-O', 'exit', 'bench']);
  }

  private writeSshConfig(): void {
    const { address, port, keyFile, knownHostsFile } = this.host;
    const lines = [
      'Host bench',
      `  HostName ${address}`,
      `  Port ${port}`,
      '  User root',
      `  IdentityFile ${keyFile}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${knownHostsFile}`,
      '  StrictHostKeyChecking yes',
      '  ControlMaster auto',
      `  ControlPath ${this.folder}/%C`,
      '  ControlPersist 600',
    ];
    writeFileSync(this.sshConfig, `${lines.join('\n')}\n`);
  }

  /** The service's user and secrets, as those find them who do not have `landfall setup`. */
  private async addUsers(): Promise<void> {
    await this.root('useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin app');
    await this.writeSecrets('/etc/bench/env');
  }

  async writeSecrets(file: string): Promise<void> {
    const write = `umask 077 && mkdir -p ${dirname(file)} && cat > ${file}`;
    await this.root(write, `DATABASE_URL=${this.host.databaseUrl}\n`);
  }
}

async function undo(cleanups: (() => Promise<unknown> | unknown)[]): Promise<void> {
  for (const cleanup of cleanups.reverse()) {
    try {
      await cleanup();
    } catch (error) {
      process.stderr.write(`While cleaning up: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
