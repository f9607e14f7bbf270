/** Instances of a service under the gate that share one listening socket, as systemd would start them. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { PYTHON3 } from '../harness/python3';
import { python, type Way } from './stacks';

const CONFIG = join(packageRoot(), 'host', 'landfall_gate', 'conf.py');
const SERVE = join(packageRoot(), 'host', 'landfall_gate', 'serve.py');
export const gateTests = join(packageRoot(), 'test', 'gate');
/** A test that waits longer has failed: nothing here takes that long on a busy machine. */
const LIMIT_SECONDS = 30;

/** The words that the unit of a server has. */
const ALONE = {
  uvicorn: ['--fd', '3', '--timeout-graceful-shutdown', '10'],
  hypercorn: ['--bind', 'fd://3', '--graceful-timeout', '10'],
  granian: ['--interface', '{kind}', '--workers-kill-timeout', '10'],
};

export interface InstanceOptions {
  /** How the test app behaves, in its own words. */
  app?: string;
  trial?: boolean;
  timeoutMilliseconds?: number;
  requestTimeoutMilliseconds?: number;
  successes?: number;
  /** As landfall.yaml names it; null: it names none. */
  workerClass?: string | null;
  standardClass?: string;
  /** The project's Gunicorn configuration, and what it is called in its directory. */
  config?: string;
  configFile?: string;
  args?: string[];
  /** Nothing of `gunicorn:` is written in landfall.yaml. */
  silent?: boolean;
  env?: Record<string, string>;
  /** As a unit without the gate would be started. */
  ungated?: boolean;
  /** Its directory has an environment, as a release has. The test app then comes from elsewhere. */
  release?: boolean;
}

type Event =
  | { event: 'listening'; port: number; inode: number; at: number }
  | { event: 'started'; instance: string; pid: number; at: number }
  | { event: 'notified'; instance: string; text: string; at: number }
  | { event: 'logged'; instance: string; line: string; at: number }
  | { event: 'ended'; instance: string; code: number; left: number[]; at: number };

export class Machine {
  port = 0;
  /** Tells the listening socket from all others. */
  inode = 0;
  private readonly events: Event[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly launcher: ChildProcess;
  private readonly directory = mkdtempSync(join(tmpdir(), 'landfall-gate-'));
  /** Where files change the mind of the test app while it runs. */
  readonly state = join(this.directory, 'state');

  private constructor() {
    mkdirSync(this.state);
    this.launcher = spawn(PYTHON3, [join(gateTests, 'launcher.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.launcher.stdout === null) throw new Error('the launcher has no output');
    createInterface({ input: this.launcher.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line));
      for (const look of this.watchers) look();
    });
  }

  static async start(test: TestContext): Promise<Machine> {
    const machine = new Machine();
    test.after(() => machine.stop());
    const { port, inode } = await machine.until((event) => event.event === 'listening' && event);
    machine.port = port;
    machine.inode = inode;
    return machine;
  }

  /** Starts an instance; `release` names it, and is what it answers. */
  async launch(release: string, way: Way, options: InstanceOptions = {}): Promise<Instance> {
    const directory = join(this.directory, release);
    mkdirSync(directory);
    if (options.config !== undefined) {
      writeFileSync(join(directory, options.configFile ?? 'gunicorn.conf.py'), options.config);
    }
    const workerClass = options.workerClass === undefined ? way.workerClass : options.workerClass;
    const byClass = workerClass === null ? [] : ['--worker-class', workerClass];
    const gate = {
      standardClass: options.standardClass ?? null,
      stopMilliseconds: 10_000,
      configFile: options.configFile ?? null,
      path: '/health/ready',
      headers: { Host: 'shop.example' },
      successes: options.successes ?? 1,
      timeoutMilliseconds: options.timeoutMilliseconds ?? 20_000,
      requestTimeoutMilliseconds: options.requestTimeoutMilliseconds ?? 2_000,
    };
    const env: Record<string, string> = {
      LANDFALL_GATE: JSON.stringify(gate),
      LANDFALL_RELEASE: release,
      // Not PYTHONUNBUFFERED, as a unit has it: a line would be several writes, and those of two workers run together.
      PYTHONDONTWRITEBYTECODE: '1',
      // Where newer versions of Gunicorn put a control socket.
      HOME: directory,
      XDG_RUNTIME_DIR: directory,
      APP: options.app ?? '',
      STATE: this.state,
      ...(options.trial ? { LANDFALL_TRIAL: '1' } : {}),
      ...options.env,
    };
    const gunicorn = [await python(way.stack, (line) => console.error(line)), '-m', 'gunicorn'];
    const gated = options.ungated ? byClass : ['--config', CONFIG, ...byClass];
    const limits = options.silent
      ? []
      : ['--workers', '2', '--timeout', '30', '--graceful-timeout', '10', '--keep-alive', '5'];
    const where = ['--pythonpath', join(gateTests, 'app')];
    const asGunicorn = [
      ...gunicorn,
      ...gated,
      ...limits,
      ...where,
      ...(options.silent ? [] : way.args),
      ...(options.args ?? []),
      way.app,
    ];
    const argv = way.server === undefined ? asGunicorn : await this.alone(way, options.args ?? []);
    if (way.server !== undefined)
      Object.assign(env, { LANDFALL_APP: way.app, PYTHONPATH: join(gateTests, 'app') });
    if (options.release) {
      symlinkSync(dirname(dirname(argv[0] ?? '')), join(directory, '.venv'));
      argv[0] = join(directory, '.venv/bin/python');
    }
    this.send({ start: release, argv, env, cwd: directory });
    const started = await this.until(
      (event) => event.event === 'started' && event.instance === release && event,
    );
    return new Instance(this, release, started.pid, started.at);
  }

  /** A server other than Gunicorn, as its unit starts it. */
  private async alone({ server = 'uvicorn', stack, app }: Way, args: string[]): Promise<string[]> {
    const kind = app === 'wsgi_app:app' ? 'wsgi' : 'asgi';
    const interpreter = await python(stack, (line) => console.error(line));
    const wrapped = `landfall_gate.wrapped:${kind === 'wsgi' ? 'wsgi' : 'app'}`;
    const limits = ALONE[server].map((word) => word.replace('{kind}', kind));
    return [interpreter, SERVE, server, 'handed', ...limits, ...args, wrapped];
  }

  signal(instance: string, number: number): void {
    this.send({ signal: instance, number });
  }

  log(instance: string): string[] {
    const lines: string[] = [];
    for (const event of this.events) {
      if (event.event === 'logged' && event.instance === instance) lines.push(event.line);
    }
    return lines;
  }

  notifications(instance: string): string[] {
    const texts: string[] = [];
    for (const event of this.events) {
      if (event.event === 'notified' && event.instance === instance) texts.push(event.text);
    }
    return texts;
  }

  /** The first thing that `wanted` makes of an event, past or to come; fails with the log after a while. */
  until<T>(wanted: (event: Event) => T | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        for (const event of this.events) {
          const found = wanted(event);
          if (found === false) continue;
          clearTimeout(timer);
          this.watchers.delete(look);
          resolve(found);
          return;
        }
      };
      const timer = setTimeout(() => {
        this.watchers.delete(look);
        const said = this.events.map((event) => JSON.stringify(event)).join('\n');
        reject(new Error(`not within ${LIMIT_SECONDS} s. Until now:\n${said}`));
      }, LIMIT_SECONDS * 1000);
      this.watchers.add(look);
      look();
    });
  }

  private async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.launcher.once('close', resolve));
    this.launcher.stdin?.end();
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private send(command: object): void {
    this.launcher.stdin?.write(`${JSON.stringify(command)}\n`);
  }
}

export class Instance {
  constructor(
    private readonly machine: Machine,
    readonly release: string,
    readonly pid: number,
    private readonly startedAt: number,
  ) {}

  /** The notification that systemd got; fails when the instance ends instead. */
  async ready(): Promise<{ text: string; seconds: number }> {
    const heard = await this.machine.until((event) => {
      if (event.event === 'listening' || event.instance !== this.release) return false;
      if (event.event === 'ended') return event;
      return event.event === 'notified' && event.text.split('\n').includes('READY=1') && event;
    });
    if (heard.event === 'ended') throw new Error(`ended with ${heard.code}:\n${this.log().join('\n')}`);
    return { text: heard.text, seconds: heard.at - this.startedAt };
  }

  /** Its main process has ended; `left` are processes of it that had not. */
  async ended(): Promise<{ code: number; left: number[]; at: number; seconds: number }> {
    const end = await this.machine.until(
      (event) => event.event === 'ended' && event.instance === this.release && event,
    );
    return { code: end.code, left: end.left, at: end.at, seconds: end.at - this.startedAt };
  }

  /** Waits for this many lines like that; when the last of them was said. */
  logs(pattern: RegExp, times = 1): Promise<number> {
    return this.machine.until((event) => {
      const said = event.event === 'logged' && event.instance === this.release && pattern.test(event.line);
      return said && this.log().filter((line) => pattern.test(line)).length >= times && event.at;
    });
  }

  log(): string[] {
    return this.machine.log(this.release);
  }

  /** The lines of a kind, without the time and the process in front. */
  said(pattern: RegExp): string[] {
    return this.log().flatMap((line) => pattern.exec(line)?.[0] ?? []);
  }

  /** Waits for a status like this. */
  status(pattern: RegExp): Promise<string> {
    return this.machine.until((event) => {
      if (event.event !== 'notified' || event.instance !== this.release) return false;
      return event.text.split('\n').find((line) => line.startsWith('STATUS=') && pattern.test(line)) ?? false;
    });
  }

  /** The processes of this instance that have the listening socket open. */
  listening(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
    const pids = [this.pid, ...children.filter((pid) => pid !== '').map(Number)];
    return pids.filter((pid) => openFiles(pid).includes(`socket:[${this.machine.inode}]`));
  }

  statuses(): string[] {
    const lines = this.machine.notifications(this.release).flatMap((text) => text.split('\n'));
    return lines.filter((line) => line.startsWith('STATUS='));
  }

  /** The results that the gate has told systemd, as the host reads it. */
  results(): Record<string, unknown>[] {
    return this.statuses().map((line) => {
      const result: object = JSON.parse(line.replace('STATUS=landfall-gate ', ''));
      const read = ([name, value]: [string, unknown]) => [
        name,
        typeof value === 'string' ? decodeURIComponent(value) : value,
      ];
      return Object.fromEntries(Object.entries(result).map(read));
    });
  }

  signal(number: number): void {
    this.machine.signal(this.release, number);
  }

  /** SIGTERM to the master, as systemd does; how long the end took. */
  async stop(): Promise<{ code: number; left: number[]; seconds: number }> {
    const begun = performance.now();
    this.signal(15);
    const { code, left } = await this.ended();
    return { code, left, seconds: (performance.now() - begun) / 1000 };
  }
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}
