import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { endWithUs } from './end-with-us';
import { type Reachable, settingsOf } from './engine/connect';
import { type Ran, runCommand } from './run-command';
import { Running } from './running';

/** As an installed package runs: it starts in two thirds of the time that the compiled modules take. */
const CLIENT = join(packageRoot(), 'build', 'package', 'landfall.js');

/** Landfall as its users run it: commands and a worker, each a process of its own. */
export class Controller {
  readonly state = mkdtempSync(join(tmpdir(), 'landfall-state-'));
  private readonly workers: ChildProcess[] = [];

  constructor(
    private readonly engine: Reachable,
    private readonly access: { keyFile: string; knownHostsFile: string; allowedUrls?: string[] },
    /** The script that Node runs. */
    private readonly client = CLIENT,
  ) {}

  get env(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return {
      PATH,
      HOME,
      ...settingsOf(this.engine),
      LANDFALL_STATE: this.state,
      LANDFALL_SSH_KEY: this.access.keyFile,
      LANDFALL_KNOWN_HOSTS: this.access.knownHostsFile,
      LANDFALL_ALLOW_URLS: this.access.allowedUrls?.join(','),
    };
  }

  /** The worker that was started last. */
  get workerPid(): number | undefined {
    return this.workers.at(-1)?.pid;
  }

  /** Those that run, the oldest first. */
  get workerPids(): number[] {
    return this.workers.filter(isRunning).flatMap(({ pid }) => pid ?? []);
  }

  /** Ends one of them, and waits until it has ended. @param signal SIGKILL: as a crash would */
  async stopWorker(pid: number, signal: NodeJS.Signals): Promise<void> {
    const worker = this.workers.find((one) => one.pid === pid);
    if (worker === undefined || !isRunning(worker)) return;
    const closed = once(worker, 'close');
    worker.kill(signal);
    await closed;
  }

  /** Runs one `landfall` command to its end. */
  run(
    args: string[],
    options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; input?: string } = {},
  ): Promise<Ran> {
    return runCommand(process.execPath, [this.client, ...args], {
      env: { ...this.env, ...options.env },
      signal: options.signal,
      ...(options.input !== undefined && { input: options.input }),
    });
  }

  /** Starts one `landfall` command, to be watched and ended by the test. */
  begin(args: string[], env: NodeJS.ProcessEnv = {}): Running {
    return new Running(process.execPath, [this.client, ...args], { ...this.env, ...env });
  }

  /** Starts `landfall worker` and waits until it is ready. */
  async startWorker(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const worker = spawn(process.execPath, [this.client, 'worker'], {
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithUs(worker);
    this.workers.push(worker);
    let said = '';
    worker.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const ended = once(worker, 'close').then(() => {
      throw new Error(`the worker ended before it was ready: ${said}`);
    });
    await Promise.race([ended, once(worker.stdout, 'data')]);
    ended.catch(() => undefined);
    return worker;
  }

  /** @param signal SIGKILL: as a crash would */
  async stopWorkers(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    for (const pid of this.workerPids) await this.stopWorker(pid, signal);
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    rmSync(this.state, { recursive: true, force: true });
  }
}

function isRunning(worker: ChildProcess): boolean {
  return worker.exitCode === null && worker.signalCode === null;
}
