/**
 * A Temporal cluster for tests, as a team would run one: two servers and PostgreSQL, on this machine's loopback.
 * Every connection has mutual TLS. A token allows one namespace.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToTs } from '@temporalio/common/lib/time';
import { stringify } from 'yaml';
import { poll } from '../../../src/timing/poll';
import { endWithUs } from '../end-with-us';
import { connectAs } from '../engine/connect';
import { startHost, type TestHost } from '../hosts';
import { runOrThrow } from '../hosts/run';
import { Balancer } from './balancer';
import { ensureServer, type ServerFiles } from './build-server';
import { type Certificates, makeCertificates, SERVER_NAME } from './certificates';
import { FRONTEND_PORT, nodeSettings, SERVICES } from './node-settings';
import { EVERYTHING, Tokens } from './tokens';

/** The second server waits for the first one to see it. */
const START_LIMIT_MS = 120_000;

/** One server. */
export class Node {
  private process: ChildProcess | null = null;
  private output = '';

  constructor(
    readonly address: string,
    private readonly program: string,
    private readonly folder: string,
    private readonly name: string,
  ) {}

  start(): void {
    const services = SERVICES.flatMap((service) => ['--service', service]);
    const config = ['--root', this.folder, '--config', 'config', '--env', this.name];
    const args = [...config, 'start', ...services];
    const server = spawn(this.program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(server);
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-8_000);
      });
    server.once('exit', (code, signal) => {
      this.output += `
The server at ${this.address} ended: ${signal ?? code}`;
    });
    this.process = server;
  }

  get log(): string {
    return this.output;
  }

  get runs(): boolean {
    return this.process !== null && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends it as a crash would. Safe to call twice. */
  async kill9(): Promise<void> {
    if (this.process === null || !this.runs) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

export class Cluster {
  private constructor(
    private readonly folder: string,
    private readonly database: TestHost,
    private readonly tokens: Tokens,
    private readonly balancer: Balancer,
    private readonly certificates: Certificates,
    readonly nodes: readonly [Node, Node],
  ) {}

  static async start(progress: (line: string) => void = () => undefined): Promise<Cluster> {
    const files = await ensureServer(progress);
    const folder = mkdtempSync(join(tmpdir(), 'landfall-cluster-'));
    const certificates = await makeCertificates(folder);
    const host = await startHost();
    const tokens = await Tokens.start();
    const database = await createTables(host, files);
    mkdirSync(join(folder, 'config'));
    const dynamicConfig = join(folder, 'dynamic.yaml');
    writeFileSync(dynamicConfig, '{}\n');
    const settings = { database, certificates, keysUrl: tokens.keysUrl, dynamicConfig };
    const node = (address: string, name: string) => {
      writeFileSync(join(folder, 'config', `${name}.yaml`), stringify(nodeSettings(address, settings)));
      return new Node(address, files.server, folder, name);
    };
    const network = await freeNetwork();
    const nodes = [node(`${network}.1`, 'first'), node(`${network}.2`, 'second')] as const;
    const balancer = await Balancer.to(nodes.map(({ address }) => ({ host: address, port: FRONTEND_PORT })));
    const cluster = new Cluster(folder, host, tokens, balancer, certificates, nodes);
    try {
      // One after the other: the first one describes the cluster in the database.
      for (const node of nodes) {
        node.start();
        await cluster.untilServes(node);
      }
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Temporal's variables for an identity that may do everything in one namespace, and nothing elsewhere. */
  settingsFor(namespace: string): Record<string, string> {
    return this.settings(this.balancer.address, namespace, `${namespace}:write`, `${namespace}:worker`);
  }

  async createNamespace(namespace: string): Promise<void> {
    const ended = this.nodes.find((node) => !node.runs);
    if (ended !== undefined) throw new Error(ended.log);
    const connection = await connectAs(this.administrator(this.balancer.address));
    try {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs('24h'),
      });
      // Servers read the list of namespaces every few seconds.
      const own = this.settingsFor(namespace);
      for (const { address } of this.nodes.filter((node) => node.runs)) await this.untilKnown(address, own);
    } finally {
      await connection.close();
    }
  }

  /** Waits until a server answers requests. @throws Error with the end of its output */
  async untilServes(node: Node): Promise<void> {
    const look = async () => {
      if (!node.runs) throw new Error(`The server at ${node.address} ended:\n${node.log}`);
      const settings = this.administrator(`${node.address}:${FRONTEND_PORT}`);
      return answers(settings, 'temporal-system');
    };
    if ((await poll(look, { pause: 200, limit: START_LIMIT_MS })) === null)
      throw new Error(`The server at ${node.address} does not serve:\n${node.log}`);
  }

  async stop(): Promise<void> {
    this.balancer.stop();
    this.tokens.stop();
    for (const node of this.nodes) await node.kill9();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async untilKnown(address: string, settings: Record<string, string>): Promise<void> {
    const { TEMPORAL_NAMESPACE: namespace = '' } = settings;
    const look = () => answers({ ...settings, TEMPORAL_ADDRESS: `${address}:${FRONTEND_PORT}` }, namespace);
    if ((await poll(look, { pause: 200, limit: START_LIMIT_MS })) === null)
      throw new Error(`The server at ${address} does not know the namespace ${namespace}.`);
  }

  private administrator(address: string): Record<string, string> {
    return this.settings(address, 'temporal-system', EVERYTHING);
  }

  private settings(address: string, namespace: string, ...permissions: string[]): Record<string, string> {
    const { authority, client } = this.certificates;
    return {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_API_KEY: this.tokens.token(...permissions),
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority,
      TEMPORAL_TLS_CLIENT_CERT_PATH: client.certificate,
      TEMPORAL_TLS_CLIENT_KEY_PATH: client.key,
    };
  }
}

/** Part of loopback that no test host and no other cluster has: the ports of all servers are the same. */
async function freeNetwork(): Promise<string> {
  for (let number = 3; number < 100; number++) {
    const network = `127.0.${number}`;
    const server = createServer().listen(FRONTEND_PORT, `${network}.1`);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return network;
  }
  throw new Error('Too many clusters run on this machine.');
}

async function answers(settings: Record<string, string>, namespace: string): Promise<true | null> {
  try {
    const connection = await connectAs(settings);
    await connection.workflowService.describeNamespace({ namespace }).finally(() => connection.close());
    return true;
  } catch {
    return null;
  }
}

/** Temporal's tables in the PostgreSQL of a test host. */
async function createTables(host: TestHost, { schemaTool, schemas }: ServerFiles) {
  const password = randomBytes(12).toString('hex');
  const port = new URL(host.databaseUrl).port;
  const asPostgres = `cd / && setpriv --reuid postgres --regid postgres --init-groups psql -qX -p ${port}`;
  const role = await host.root(asPostgres, {
    input: `CREATE ROLE temporal LOGIN CREATEDB PASSWORD '${password}';\n`,
  });
  if (role.code !== 0) throw new Error(`PostgreSQL made no role: ${role.stderr}`);
  for (const [name, schema] of [
    ['temporal', 'temporal'],
    ['temporal_visibility', 'visibility'],
  ] as const) {
    const tool = (...args: string[]) =>
      runOrThrow(
        schemaTool,
        ['--plugin', 'postgres12', '--ep', host.address, '-p', port, '-u', 'temporal', '--db', name, ...args],
        { env: { ...process.env, SQL_PASSWORD: password } },
      );
    await tool('create-database');
    await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '-d', join(schemas, schema, 'versioned'));
  }
  return { address: `${host.address}:${port}`, user: 'temporal', password };
}
