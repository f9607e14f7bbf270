import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { ApplicationFailure } from '@temporalio/common';
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import type { HostTarget } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { authRejected, hostKeyRefused, unreachable } from './connect-failures';
import type { Keys } from './keys';
import { KnownHosts } from './known-hosts';
import { SessionSlots } from './session-slots';
import { endWhenSilent, KEEPALIVE_INTERVAL_MS } from './silence';

export interface ConnectOptions {
  keys: Keys;
  /** Path of the known_hosts file; read at every connect, so that a correction needs no restart. */
  knownHosts: string;
}

/** A host that does not even answer is not waited for longer. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** ssh2's names for what a host key of a type can sign with: RSA keys have newer algorithms. */
const ALGORITHMS: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** One SSH connection to one host, with its host key verified. */
export class Connection {
  readonly slots = new SessionSlots();
  private readonly ended = new AbortController();
  private readonly retiring = new AbortController();
  private lastError: Error | null = null;
  private lastUse = performance.now();

  private constructor(
    readonly host: HostTarget,
    readonly client: Client,
  ) {
    client.on('error', (error) => {
      this.lastError ??= error;
      client.destroy();
    });
    client.once('end', () => this.ended.abort());
    client.once('close', () => this.ended.abort());
  }

  /** Aborted once the connection is of no more use. */
  get end(): AbortSignal {
    return this.ended.signal;
  }

  /** In words: what ended the connection. */
  get whyEnded(): string {
    return this.lastError?.message ?? 'the connection was lost';
  }

  /** For how long nothing was asked on it; 0 while a command runs. Milliseconds. */
  get idleMs(): number {
    return this.slots.idle ? performance.now() - this.lastUse : 0;
  }

  /** To be called whenever it is taken into use, so that it is not closed as idle. */
  use(): this {
    this.lastUse = performance.now();
    return this;
  }

  /** Aborted once nothing new may be asked on it. */
  get retired(): AbortSignal {
    return this.retiring.signal;
  }

  /**
   * Lets no new command use this connection; running commands may finish. Call this when the login may be
   * the fault: a corrected shell, group or right counts only for a new login.
   */
  retire(): void {
    this.retiring.abort();
  }

  close(): void {
    this.client.end();
  }

  /**
   * Opens a session, starts a command in it and hands the channel to `talk` at once. A short command's exit
   * status may come in the same packet as the message that the command was started.
   * @returns what `talk` does
   * @throws an Error with the server's `reason` when it refuses the session; the signal's reason
   */
  exec<T>(command: string, signal: AbortSignal, talk: (channel: ClientChannel) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (why: unknown) => {
        signal.removeEventListener('abort', onAbort);
        this.end.removeEventListener('abort', onEnd);
        reject(why);
      };
      const onAbort = () => stop(signal.reason);
      const onEnd = () => stop(new Error(this.whyEnded));
      if (this.end.aborted) return onEnd();
      signal.addEventListener('abort', onAbort, { once: true });
      this.end.addEventListener('abort', onEnd, { once: true });
      const onOpen = (error: Error | undefined, channel: ClientChannel) => {
        if (error !== undefined) return stop(error);
        // The caller no longer waits for this channel: `stop` has run.
        if (signal.aborted || this.end.aborted) return channel.close();
        signal.removeEventListener('abort', onAbort);
        this.end.removeEventListener('abort', onEnd);
        resolve(talk(channel));
      };
      try {
        this.client.exec(command, onOpen);
      } catch (error) {
        // ssh2 throws at once on a connection that has just ended.
        stop(error);
      }
    });
  }

  /**
   * @throws HostUnreachable without an answer; HostKeyMismatch for an unknown or another host
   *   key; AuthRejected when no key is accepted; InvalidInput for an unreadable known_hosts file
   */
  static async open(host: HostTarget, options: ConnectOptions): Promise<Connection> {
    const knownHosts = readKnownHosts(host, options.knownHosts);
    const client = new Client();
    let refusal: ApplicationFailure | null = null;
    let agentFailed = false;
    return new Promise((resolve, reject) => {
      const giveUp = (error: Error & { level?: string }) => {
        client.destroy();
        if (refusal !== null) reject(refusal);
        else if (error.level === 'client-authentication') {
          reject(authRejected(host, options.keys.names, agentFailed));
        } else reject(unreachable(host, error));
      };
      // Never taken away: an error without a listener, and one may follow another, ends the worker.
      client.on('error', (error: Error & { level?: string }) => {
        // ssh2 continues with the next key when the agent does not answer.
        if (error.level === 'agent') agentFailed = true;
        else giveUp(error);
      });
      client.once('close', () => giveUp(new Error('the connection was closed')));
      client.once('ready', () => {
        endWhenSilent(socket);
        resolve(new Connection(host, client));
      });
      // Without noDelay each small request waits for a delayed acknowledgement: 42 ms instead of 4.
      const socket = connect({ host: host.address, port: host.port, noDelay: true });
      client.connect({
        sock: socket,
        username: host.user,
        readyTimeout: CONNECT_TIMEOUT_MS,
        // Keepalive only asks; `endWhenSilent` judges whether an answer comes.
        keepaliveInterval: KEEPALIVE_INTERVAL_MS,
        keepaliveCountMax: Number.POSITIVE_INFINITY,
        algorithms: { serverHostKey: preferredAlgorithms(knownHosts.keyTypes(host.address, host.port)) },
        hostVerifier: (key: Buffer) => {
          const verdict = knownHosts.check(host.address, host.port, key);
          refusal = hostKeyRefused(host, options.knownHosts, verdict, key);
          return refusal === null;
        },
        authHandler: options.keys.methods(host.user),
      });
    });
  }
}

function readKnownHosts(host: HostTarget, file: string): KnownHosts {
  try {
    return new KnownHosts(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return new KnownHosts('');
    throw fail('InvalidInput', `The known hosts file ${file} cannot be read (${code}).`, {
      host: host.name,
      advice: 'Name a readable file in LANDFALL_KNOWN_HOSTS.',
    });
  }
}

/** Known types first, as OpenSSH does; the others stay, so that a changed key is named as one. */
function preferredAlgorithms(known: string[]): ServerHostKeyAlgorithm[] {
  const all = Object.keys(ALGORITHMS);
  const order = [
    ...known.filter((type) => all.includes(type)),
    ...all.filter((type) => !known.includes(type)),
  ];
  return order.flatMap((type) => ALGORITHMS[type] ?? []);
}
