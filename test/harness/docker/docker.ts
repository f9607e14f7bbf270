/** Docker for tests: the daemon that DOCKER_HOST names, or one of this process alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from '../../../src/timing/poll';
import { endWithUs } from '../end-with-us';
import { absent } from '../hosts/needs';
import { type Ran, type RunOptions, run, runOrThrow } from '../hosts/run';

/** Of a daemon of one's own. */
export const DOCKER_PROGRAMS = [
  { program: 'docker', package: 'docker.io', purpose: 'runs the stack of docker-compose.yml' },
  { program: 'dockerd', package: 'docker.io', purpose: 'runs containers apart from those of this machine' },
];

/** The daemon starts in a second; on a busy machine in ten. */
const START_LIMIT_MS = 60_000;
/** An image of 500 MB is copied into the daemon meanwhile. */
const COMMAND_LIMIT_SECONDS = 1800;

/** One sentence for each thing that a daemon of one's own needs and that is missing here. */
export function missingForDocker(): string[] {
  if (process.env.DOCKER_HOST) return [];
  return [
    ...(process.getuid?.() === 0
      ? []
      : ['A Docker daemon for tests needs root. Or name a running one in DOCKER_HOST.']),
    ...absent(DOCKER_PROGRAMS).map(
      (need) => `${need.program} is missing: install the Debian package ${need.package}.`,
    ),
  ];
}

export class Docker {
  private constructor(
    /** Variables with which `docker` and `docker-compose` find this daemon. */
    readonly env: NodeJS.ProcessEnv,
    private readonly own: { child: ChildProcess; folder: string } | null,
  ) {}

  /** The daemon that this machine's `docker` speaks to. */
  static ofMachine(env: NodeJS.ProcessEnv = process.env): Docker {
    return new Docker(env, null);
  }

  /** @throws Error that names what is missing */
  static async start(): Promise<Docker> {
    const [missing] = missingForDocker();
    if (missing !== undefined) throw new Error(missing);
    if (process.env.DOCKER_HOST) return Docker.ofMachine();
    const folder = mkdtempSync(join(tmpdir(), 'landfall-docker-'));
    const host = `unix://${join(folder, 'docker.sock')}`;
    const log: string[] = [];
    const child = spawn('dockerd', daemonArguments(folder, host), { stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(child);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const docker = new Docker({ ...process.env, DOCKER_HOST: host }, { child, folder });
    const answers = async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended:\n${log.join('').slice(-3000)}`);
      return (await docker.try('version')).code === 0 || null;
    };
    if ((await poll(answers, { pause: 200, limit: START_LIMIT_MS })) === null) {
      await docker.stop();
      throw new Error(`dockerd does not answer:\n${log.join('').slice(-3000)}`);
    }
    return docker;
  }

  /** Runs `docker`. @returns its standard output @throws Error with its end when it fails */
  async run(...args: string[]): Promise<string> {
    const options = { env: this.env, timeoutSeconds: COMMAND_LIMIT_SECONDS };
    return (await runOrThrow('docker', args, options)).trim();
  }

  /** The same for a command that may fail. */
  try(...args: string[]): Promise<Ran> {
    return run('docker', args, { env: this.env, timeoutSeconds: COMMAND_LIMIT_SECONDS });
  }

  /** Runs a shell command as root in a container. */
  exec(container: string, command: string, options: RunOptions = {}): Promise<Ran> {
    const args = ['exec', '--interactive', container, '/bin/sh', '-c', command];
    return run('docker', args, { ...options, env: this.env });
  }

  /** Ends a daemon of one's own with all that it holds. A daemon of the machine stays. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.own === null || !existsSync(this.own.folder)) return;
    const { child, folder } = this.own;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    for (const mount of mountsBelow(folder)) await run('umount', [mount]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Its own root, socket and process ids, so that a daemon of the machine is not disturbed. No rule of iptables and no
 * forwarding: containers reach each other and this machine, and nothing else.
 */
function daemonArguments(folder: string, host: string): string[] {
  const network = [
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
  ];
  const files = ['data', 'exec'].map((name) => `--${name}-root=${join(folder, name)}`);
  return [...files, `--pidfile=${join(folder, 'dockerd.pid')}`, `--host=${host}`, ...network];
}

/** The innermost first. */
function mountsBelow(folder: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const paths = mounts.flatMap((line) => line.split(' ')[1] ?? []);
  return paths.filter((path) => path.startsWith(`${folder}/`)).reverse();
}
