/** docker-compose.yml with local images, under a name and on ports of its own. */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../../src/package-root';
import { freePort } from '../../../src/temporal/free-port';
import { poll } from '../../../src/timing/poll';
import { loginKey } from '../hosts/key';
import { type Ran, run } from '../hosts/run';
import type { Docker } from './docker';

/** Of the worker in its image. */
const WORKER_USER = 1000;
/** PostgreSQL makes a database, Temporal its tables, and six containers start. */
const UP_LIMIT_SECONDS = 600;
const READY_LIMIT_MS = 120_000;

const container = z.object({
  Id: z.string(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    Pid: z.number(),
    Health: z.object({ Status: z.string() }).optional(),
  }),
  Config: z.object({ User: z.string(), Env: z.array(z.string()), Labels: z.record(z.string(), z.string()) }),
  HostConfig: z.object({
    ReadonlyRootfs: z.boolean(),
    Privileged: z.boolean(),
    CapAdd: z.array(z.string()).nullable(),
    CapDrop: z.array(z.string()).nullable(),
    SecurityOpt: z.array(z.string()).nullable(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string() }))).nullable(),
  }),
});
export type Container = z.infer<typeof container>;

export class Stack {
  readonly files = mkdtempSync(join(tmpdir(), 'landfall-stack-'));
  readonly password = randomBytes(24).toString('hex');
  private readonly project = `landfall-test-${process.pid}`;

  private constructor(
    private readonly docker: Docker,
    private readonly program: string[],
    private readonly ports: { engine: number; ui: number },
  ) {}

  /** Its files, as docker-compose.yml asks for them; nothing runs yet. */
  static async prepare(docker: Docker): Promise<Stack> {
    const ports = { engine: await freePort(), ui: await freePort() };
    const stack = new Stack(docker, await composeProgram(docker), ports);
    const ssh = join(stack.files, 'ssh');
    mkdirSync(ssh);
    writeFileSync(join(stack.files, 'postgres-password'), `${stack.password}\n`);
    copyFileSync((await loginKey()).file, join(ssh, 'id_ed25519'));
    writeFileSync(join(ssh, 'known_hosts'), '');
    for (const name of ['', 'ssh', 'postgres-password', 'ssh/id_ed25519', 'ssh/known_hosts']) {
      const path = join(stack.files, name);
      chownSync(path, WORKER_USER, WORKER_USER);
      chmodSync(path, name === '' || name === 'ssh' ? 0o700 : 0o600);
    }
    return stack;
  }

  /** Temporal's address, as a client on this machine reaches it. */
  get address(): string {
    return `127.0.0.1:${this.ports.engine}`;
  }

  get uiUrl(): string {
    return `http://127.0.0.1:${this.ports.ui}`;
  }

  /** The network from which hosts and repository are reached. */
  get network(): string {
    return `${this.project}_outside`;
  }

  /** Lets the worker trust a host, as the operator writes its key down. */
  trust(knownHosts: string): void {
    writeFileSync(join(this.files, 'ssh', 'known_hosts'), knownHosts);
  }

  /** Starts the services, and waits until the worker polls. @throws Error with what they printed */
  async up(): Promise<void> {
    const started = await this.compose('up', '--detach', '--no-build');
    if (started.code !== 0) throw await this.failure(`up ended with ${started.code}: ${started.stderr}`);
    const polls = async () => (await this.logs('worker')).includes('Worker: ready') || null;
    if ((await poll(polls, { pause: 500, limit: READY_LIMIT_MS })) === null)
      throw await this.failure('the worker is not ready');
  }

  /** The container of each service, by its name. */
  async containers(): Promise<Map<string, Container>> {
    const filter = `label=com.docker.compose.project=${this.project}`;
    const ids = (await this.docker.run('ps', '--all', '--quiet', '--filter', filter))
      .split('\n')
      .filter(Boolean);
    if (ids.length === 0) return new Map();
    const found = z.array(container).parse(JSON.parse(await this.docker.run('inspect', ...ids)));
    return new Map(found.map((one) => [one.Config.Labels['com.docker.compose.service'] ?? '', one]));
  }

  /** The process of a service, for a test that kills it. */
  async pidOf(service: string): Promise<number> {
    return (await this.containers()).get(service)?.State.Pid ?? 0;
  }

  async logs(service: string): Promise<string> {
    const { stdout, stderr } = await this.compose('logs', '--no-color', service);
    return `${stdout}${stderr}`;
  }

  compose(...args: string[]): Promise<Ran> {
    const [program = '', ...first] = this.program;
    const root = packageRoot();
    const files = ['docker-compose.yml', 'docker/docker-compose.local.yml'].flatMap((file) => [
      '--file',
      join(root, file),
    ]);
    return run(program, [...first, '--project-name', this.project, ...files, ...args], {
      env: {
        ...this.docker.env,
        CONTROLLER_FILES: this.files,
        TEMPORAL_PORT: String(this.ports.engine),
        TEMPORAL_UI_PORT: String(this.ports.ui),
      },
      timeoutSeconds: UP_LIMIT_SECONDS,
    });
  }

  /** Removes it with its volumes. Safe to call twice. */
  async remove(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '10');
    rmSync(this.files, { recursive: true, force: true });
  }

  private async failure(message: string): Promise<Error> {
    const { stdout, stderr } = await this.compose('logs', '--no-color', '--tail', '30');
    return new Error(`The stack: ${message}\n${stdout}${stderr}`);
  }
}

/** `docker compose`, or docker-compose 1.29 of Debian 12. */
async function composeProgram(docker: Docker): Promise<string[]> {
  if ((await docker.try('compose', 'version')).code === 0) return ['docker', 'compose'];
  const older = await run('docker-compose', ['version'], { env: docker.env }).catch(() => null);
  if (older?.code === 0) return ['docker-compose'];
  throw new Error(
    'Docker Compose is missing: install the Debian package docker-compose, or docker-compose-v2.',
  );
}
