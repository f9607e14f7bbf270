import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Answer, answerAt } from './answer';
import { Controller } from './controller';
import { type Engine, startEngine } from './engine';
import { inCluster, type WarmEngine, warmEngine } from './engine/warm';
import { type Debian, startHost, type TestHost } from './hosts';
import { Relay } from './relay';
import { Repository } from './repository';
import type { Ran } from './run-command';
import type { Running } from './running';

export type Strategy = 'overlap' | 'restart';

export interface WorldOptions {
  kind?: 'least-privilege' | 'full-sudo';
  /** Default `restart`. */
  strategy?: Strategy;
  sshd?: string;
  /** The Debian of the hosts; default 12. */
  debian?: Debian;
  diskMegabytes?: number;
  /** Whether `landfall setup` is run on the host first; default true. */
  setUp?: boolean;
  /** Processes of each release; default 1: another one adds half a second of processor time to each start. */
  workers?: number;
  /** Whether a worker runs from the beginning; default true. */
  worker?: boolean;
  /** Hosts of the environment, alike; default 1. */
  hosts?: number;
  /** Whether the engine keeps its state on disk, so that `restartEngine` can continue it; default false. */
  durableEngine?: boolean;
  /** Whether SSH to the first host goes through `world.line`, which the test may cut; default false. */
  relayed?: boolean;
  /** Temporal's variables for a namespace of a cluster, in place of an engine; default: none. */
  cluster?: Record<string, string>;
  /** The script of an installed Landfall; default: that of the checkout. */
  client?: string;
}

/** Everything a deploy needs, for real: a host, an engine, a worker, a repository, a landfall.yaml. */
export class World {
  private constructor(
    readonly hosts: [TestHost, ...TestHost[]],
    public engine: WarmEngine | Engine,
    readonly controller: Controller,
    readonly repository: Repository,
    private readonly folder: string,
    private readonly options: WorldOptions,
    private readonly relay: Relay | null,
  ) {}

  static async start(options: WorldOptions = {}): Promise<World> {
    const { kind, sshd, debian, diskMegabytes, setUp = true, worker = true } = options;
    const folder = mkdtempSync(join(tmpdir(), 'landfall-world-'));
    const hosts: [TestHost, ...TestHost[]] = [await startHost({ kind, sshd, debian, diskMegabytes })];
    while (hosts.length < (options.hosts ?? 1))
      hosts.push(await startHost({ kind, sshd, debian, diskMegabytes }));
    const engine = await engineOf(options, folder);
    const relay = options.relayed ? await Relay.to(hosts[0]) : null;
    const knownHostsFile = join(folder, 'known_hosts');
    const known = hosts.map((host) => readFileSync(host.knownHostsFile, 'utf8'));
    if (relay !== null) known.push(`[127.0.0.1]:${relay.port} ${(known[0] ?? '').replace(/^\S+ /, '')}`);
    writeFileSync(knownHostsFile, known.join(''));
    const access = {
      keyFile: hosts[0].keyFile,
      knownHostsFile,
      // All of them are addresses of this machine's loopback.
      allowedUrls: ['127.0.0.1', ...hosts.map(({ address }) => address)],
    };
    const controller = new Controller(engine, access, options.client);
    const world = new World(hosts, engine, controller, new Repository(), folder, options, relay);
    world.configure({});
    if (setUp) await world.setUp();
    if (worker) await controller.startWorker();
    return world;
  }

  /** The first one, for worlds of one host. */
  get host(): TestHost {
    return this.hosts[0];
  }

  /** The line to the first host, in worlds that are `relayed`. */
  get line(): Relay {
    if (this.relay === null) throw new Error('this world was not started with `relayed`');
    return this.relay;
  }

  /** As root would on each real host; then the service's secrets. */
  async setUp(): Promise<void> {
    for (const host of this.hosts) {
      const ran = await this.landfall('setup', host.name, '--yes');
      if (ran.code !== 0) throw new Error(`landfall setup failed: ${ran.output}`);
      await this.writeSecrets(host);
    }
  }

  async writeSecrets(host = this.host): Promise<void> {
    await host.root(
      `install -D -m 600 /dev/stdin /etc/shop/env <<'E'\nDATABASE_URL=${host.databaseUrl}\nE\n`,
    );
  }

  /** Writes landfall.yaml: short limits, and what the test is about on top. */
  configure(changes: Record<string, unknown>): void {
    const config = {
      service: 'shop',
      repository: this.repository.directory,
      strategy: this.options.strategy ?? 'restart',
      app: 'main:app',
      requirements: ['requirements.txt'],
      envFiles: ['/etc/shop/env'],
      gunicorn: { workers: this.options.workers ?? 1, gracefulTimeout: '5s' },
      preImport: { timeout: '20s' },
      rehearse: { timeout: '10s' },
      readiness: { timeout: '10s', requestTimeout: '2s', successes: 3 },
      environments: { production: { hosts: this.hostEntries() } },
      ...changes,
    };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.configFile, stringify(config));
  }

  /** The hosts as landfall.yaml names them. */
  hostEntries() {
    return this.hosts.map(({ name, address, port, user }, index) => ({
      name,
      ...(this.relay !== null && index === 0
        ? { address: '127.0.0.1', port: this.relay.port }
        : { address, port }),
      user,
      bind: `${address}:8000`,
    }));
  }

  get configFile(): string {
    return join(this.folder, 'landfall.yaml');
  }

  /** `landfall deploy shop --env production --ref <ref>` and the like. */
  deploy(ref: string, ...more: string[]): Promise<Ran> {
    return this.landfall('deploy', 'shop', '--ref', ref, ...more);
  }

  landfall(command: string, ...args: string[]): Promise<Ran> {
    return this.controller.run(this.withUsual(command, args));
  }

  /** `landfall env set` and the like, with this on standard input. */
  env(args: string[], input = ''): Promise<Ran> {
    return this.controller.run(this.withUsual('env', args), { input });
  }

  /** Starts a `landfall` command that the test watches, and may end. */
  begin(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.controller.begin(this.withUsual(command, args), env);
  }

  private withUsual(command: string, args: string[]): string[] {
    const usesConfig = ['deploy', 'plan', 'rollback', 'restart', 'env', 'setup', 'doctor', 'eject'].includes(
      command,
    );
    const config = usesConfig ? ['--config', this.configFile] : [];
    return [command, ...args, '--env', 'production', ...config];
  }

  /** Kills the engine as a crash would and starts another one on its database and port. */
  async restartEngine(): Promise<void> {
    await this.killEngine();
    const port = Number(new URL(`http://${this.engine.address}`).port);
    this.engine = await startEngine({ dbFile: databaseIn(this.folder), port });
  }

  /** Loses the engine with its database: an empty one, and a worker for it, take its place and port. */
  async loseEngine(): Promise<void> {
    await this.controller.stopWorkers('SIGKILL');
    await this.killEngine();
    const port = Number(new URL(`http://${this.engine.address}`).port);
    for (const file of ['', '-shm', '-wal']) rmSync(`${databaseIn(this.folder)}${file}`, { force: true });
    this.engine = await startEngine({ dbFile: databaseIn(this.folder), port });
    await this.controller.startWorker();
  }

  private async killEngine(): Promise<void> {
    if (!('kill9' in this.engine)) throw new Error('this world was not started with `durableEngine`');
    await this.engine.kill9();
  }

  /** The answer that users get at `path`; status 0: no answer. */
  ask(path: string, host = this.host): Promise<Answer> {
    return answerAt(`http://${host.address}:8000${path}`);
  }

  async stop(): Promise<void> {
    await this.controller.stop();
    await this.engine.stop();
    this.relay?.close();
    await Promise.all(this.hosts.map((host) => host.stop()));
    this.repository.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function engineOf(
  { durableEngine, cluster }: WorldOptions,
  folder: string,
): Promise<WarmEngine | Engine> {
  if (cluster !== undefined) return inCluster(cluster);
  return durableEngine ? startEngine({ dbFile: databaseIn(folder) }) : warmEngine();
}

function databaseIn(folder: string): string {
  return join(folder, 'temporal.db');
}
