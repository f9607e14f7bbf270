import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as SocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, type ServerChannel } from 'ssh2';
import type { Dependencies } from '../../src/activities/dependencies';
import type { HostTarget } from '../../src/config/deploy-input';
import type { HelperErrorType } from '../../src/contract/answers';
import { PROTOCOL } from '../../src/contract/contract';
import { Mirrors } from '../../src/git/mirrors';
import { HostConnections } from '../../src/ssh/connections';
import { refusals } from './helper-fields';

/** The answers of a fake helper to one verb, at once or later; throws a refusal. */
export type Answers = Record<string, (request: Record<string, unknown>) => unknown>;

/** Thrown by a fake helper's answer: the refusal that it gives instead. */
export class Refusal extends Error {
  constructor(
    readonly type: HelperErrorType,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An SSH server in this process that plays landfall-host: real connections and requests, made-up answers. A test
 * uses this for behaviour that a real host shows too slowly or too rarely. The server forwards nothing, so
 * readiness is asked of its `probe`.
 */
export class FakeHost {
  /** May be changed while a step runs. */
  answers: Answers = {};
  /** Whether anybody may log in. */
  letsIn = true;
  /** Resolves when a login was refused. */
  readonly turnedAway: Promise<void>;
  private turnAway: () => void = () => undefined;
  /** Said instead of any answer, as it is; null: answers are given. */
  says: string | null = null;
  /** Whether the deploying user may run any program as root. */
  fullSudo = false;
  /** The verbs it was asked for. */
  readonly asked: string[] = [];
  /** Whether the real helper would have to take what it was asked, which is looked at in the end. */
  asksAreReal = true;
  private readonly requests = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly server: SocketServer,
    readonly dependencies: Dependencies,
    readonly target: HostTarget,
  ) {
    this.turnedAway = new Promise((resolve) => {
      this.turnAway = resolve;
    });
  }

  static async start(): Promise<FakeHost> {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-fake-host-'));
    const key = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
    const ssh = new Server({ hostKeys: [readFileSync(key)] });
    // Small answers at once, as sshd gives them.
    const server = createServer({ noDelay: true }, (socket) => ssh.injectSocket(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const knownHosts = join(folder, 'known_hosts');
    writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${key}.pub`, 'utf8')}`);
    const dependencies = {
      connections: new HostConnections({ keyFiles: [key], knownHosts }),
      mirrors: new Mirrors(join(folder, 'mirrors')),
      policy: () => ({ services: null, keys: new Map() }),
      searchable: () => false,
      engine: 'a test',
      allowedUrls: new Set(['127.0.0.1']),
      signingKey: Buffer.alloc(32, 1),
      helperSource: Buffer.alloc(0),
      rehearsalSource: '',
      judgeSource: '',
    };
    const bind = { host: '127.0.0.1', port: 8000 };
    const target = { name: 'web1', address: '127.0.0.1', port, user: 'deploy', bind };
    const host = new FakeHost(folder, server, dependencies, target);
    ssh.on('connection', (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (asked) => {
        if (host.letsIn) return asked.accept();
        asked.reject();
        // Before its key a client asks what is wanted.
        if (asked.method === 'publickey') host.turnAway();
      });
      client.on('session', (accept) => {
        accept().on('exec', (acceptCommand, _, { command }) => host.hear(acceptCommand(), command));
      });
    });
    return host;
  }

  /** @throws for a request that the real helper would have refused */
  stop(): void {
    this.dependencies.connections.close();
    this.server.close();
    rmSync(this.folder, { recursive: true });
    if (this.asksAreReal && this.requests.size > 0)
      assert.deepEqual(
        refusals(this.requests).filter((refusal) => refusal !== null),
        [],
      );
  }

  private hear(channel: ServerChannel, command: string): void {
    // A login that works, whatever the helper says.
    const [program, word] = command.replaceAll("'", '').split(' ');
    if (program === 'echo') {
      end(channel, `${word}\n`);
      return;
    }
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.on('end', () => void this.answer(channel, Buffer.concat(chunks).toString('utf8')));
  }

  private async answer(channel: ServerChannel, line: string): Promise<void> {
    if (line === '') return end(channel, '', this.fullSudo ? 0 : 1);
    // A setup begins with its program.
    const request = JSON.parse(line.startsWith('"') ? (line.split('\n')[1] ?? '') : line);
    this.asked.push(request.verb);
    const { protocol: _, service: __, ...fields } = request;
    if (request.verb !== 'setup') this.requests.add(JSON.stringify(fields));
    const give = this.answers[request.verb];
    const error = { type: 'CommandFailed', message: `this fake does not know ${request.verb}` };
    const answer = give === undefined ? { ok: false, error } : await resultOf(give, request);
    const said = this.says ?? `${JSON.stringify({ protocol: PROTOCOL, ...answer })}\n`;
    end(channel, said);
  }
}

function end(channel: ServerChannel, said: string, code = 0): void {
  channel.write(said, () => {
    channel.exit(code);
    channel.close();
  });
}

async function resultOf(give: Answers[string], request: Record<string, unknown>): Promise<object> {
  try {
    return { ok: true, result: await give(request) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, error: { type: error.type, message: error.message } };
  }
}
