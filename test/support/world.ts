import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Engine, startEngine } from '../engine';
import { startHost, type TestHost } from '../hosts';
import { Controller } from './controller';
import { Repository } from './repository';
import type { Ran } from './run-command';

export interface WorldOptions {
  kind?: 'least-privilege' | 'full-sudo';
  sshd?: string;
  diskMegabytes?: number;
  /** Whether `landfall setup` is run on the host first; default true. */
  setUp?: boolean;
  /** Whether a worker runs from the beginning; default true. */
  worker?: boolean;
}

/** Everything a deploy needs, for real: a host, an engine, a worker, a repository, a landfall.yaml. */
export class World {
  private constructor(
    readonly host: TestHost,
    readonly engine: Engine,
    readonly controller: Controller,
    readonly repository: Repository,
    private readonly folder: string,
  ) {}

  static async start(options: WorldOptions = {}): Promise<World> {
    const { kind, sshd, diskMegabytes, setUp = true, worker = true } = options;
    const host = await startHost({ kind, sshd, diskMegabytes });
    const engine = await startEngine();
    const controller = new Controller(engine.address, host);
    const folder = mkdtempSync(join(tmpdir(), 'landfall-world-'));
    const world = new World(host, engine, controller, new Repository(), folder);
    world.configure({});
    if (setUp) await world.setUp();
    if (worker) await controller.startWorker();
    return world;
  }

  /** As root would on the real host; then the service's secrets. */
  async setUp(): Promise<Ran> {
    const ran = await this.landfall('setup', this.host.name, '--yes');
    await this.host.root(
      `install -D -m 600 /dev/stdin /etc/shop/env <<'E'\nDATABASE_URL=${this.host.databaseUrl}\nE\n`,
    );
    return ran;
  }

  /** Writes landfall.yaml: short limits, and what the test is about on top. */
  configure(changes: Record<string, unknown>): void {
    const { host } = this;
    const config = {
      service: 'shop',
      repository: this.repository.directory,
      app: 'main:app',
      requirements: ['requirements.txt'],
      envFiles: ['/etc/shop/env'],
      bind: `${host.address}:8000`,
      gunicorn: { workers: 2, gracefulTimeout: '5s' },
      preImport: { timeout: '20s' },
      rehearse: { timeout: '10s' },
      readiness: { timeout: '10s', requestTimeout: '2s', successes: 3 },
      environments: {
        production: { hosts: [{ name: host.name, address: host.address, port: host.port, user: host.user }] },
      },
      ...changes,
    };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.configFile, stringify(config));
  }

  get configFile(): string {
    return join(this.folder, 'landfall.yaml');
  }

  /** `landfall deploy shop --env production --ref <ref>` and the like. */
  deploy(ref: string, ...more: string[]): Promise<Ran> {
    return this.landfall('deploy', 'shop', '--ref', ref, ...more);
  }

  landfall(command: string, ...args: string[]): Promise<Ran> {
    const usesConfig = ['deploy', 'rollback', 'setup'].includes(command);
    const config = usesConfig ? ['--config', this.configFile] : [];
    return this.controller.run([command, ...args, '--env', 'production', ...config]);
  }

  /** What users get at `path`; status 0: no answer. */
  async ask(path: string): Promise<{ status: number; body: string }> {
    try {
      const response = await fetch(`http://${this.host.address}:8000${path}`, { signal: AbortSignal.timeout(3000) });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  async stop(): Promise<void> {
    await this.controller.stop();
    await this.engine.stop();
    await this.host.stop();
    this.repository.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
