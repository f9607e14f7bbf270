import type { Duplex } from 'node:stream';
import type { ApplicationFailure } from '@temporalio/common';
import { type AnyAuthMethod, Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { linesOf, shortened } from '../text/safe-text';
import { type Certified, knownAs } from './certificates/certified-key';
import type { Login } from './config/login';
import {
  authRejected,
  hostKeyRefused,
  secondFactorWanted,
  unreachable,
  visitWanted,
} from './connect-failures';
import { identityOf, type Keys } from './keys';
import { type KnownHosts, keyTypeOf } from './known-hosts';
import { SessionSlots } from './session-slots';
import { endWhenSilent, KEEPALIVE_INTERVAL_MS } from './silence';

const MOST_SAID = 300;

/** The byte stream that carries a connection. */
export interface Transport {
  stream: Duplex;
  /** The last words of the command in between; empty: none. */
  said(): Promise<string>;
}

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
  /** Streams to other machines through this one. */
  private carried = 0;

  private constructor(
    readonly login: Login,
    readonly client: Client,
    /** The public key that the server has accepted; null: none was needed, or it is not known. */
    readonly identity: string | null,
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

  /** For how long nothing was asked on it; 0 while a command runs, or another connection. Milliseconds. */
  get idleMs(): number {
    return this.slots.idle && this.carried === 0 ? performance.now() - this.lastUse : 0;
  }

  /** Keeps this connection in use until that stream through it has closed. @returns the stream */
  carry(stream: Duplex): Duplex {
    this.carried += 1;
    stream.once('close', () => {
      this.carried -= 1;
      this.use();
    });
    return stream;
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
   * Logs in over a byte stream, which ends with the connection.
   * @throws HostUnreachable without an answer; HostKeyMismatch for an unknown or another host
   *   key; AuthRejected when no key is accepted
   */
  static async open(
    login: Login,
    { stream, said }: Transport,
    {
      keys,
      knownHosts,
      certified = null,
    }: { keys: Keys; knownHosts: KnownHosts; certified?: Certified | null },
  ): Promise<Connection> {
    const client = new Client();
    const place = knownAs(login);
    const key = certified !== null && 'key' in certified ? certified.key : null;
    const fault = certified !== null && 'fault' in certified ? certified.fault : null;
    const known = knownHosts.keyTypes(place.host, place.port);
    let refusal: ApplicationFailure | null = null;
    let agentFailed = false;
    let banner = '';
    let accepts: string[] = [];
    let oneAccepted = false;
    const methods = keys.methods(login.user);
    let tried: AnyAuthMethod | undefined;
    return new Promise((resolve, reject) => {
      const giveUp = (error: Error & { level?: string }) => {
        client.destroy();
        stream.destroy();
        if (refusal !== null) return reject(refusal);
        said().then((last) => {
          const words = [banner, last].filter((text) => text !== '').join(' / ');
          if (error.level !== 'client-authentication') reject(unreachable(login, error, words));
          else if (oneAccepted) reject(secondFactorWanted(login, accepts));
          else reject(authRejected(login, { offered: keys.names, agentFailed, accepts, said: words }));
        }, reject);
      };
      // Never taken away: an error without a listener, and one may follow another, ends the worker.
      client.on('error', (error: Error & { level?: string }) => {
        // ssh2 continues with the next key when the agent does not answer.
        if (error.level === 'agent') agentFailed = true;
        else giveUp(error);
      });
      // Some servers explain themselves before they accept a login.
      client.on('banner', (text: string) => {
        banner = shortened(linesOf(text.trim()).join(' / '), MOST_SAID);
        refusal ??= visitWanted(login, banner);
        if (refusal !== null) giveUp(new Error(banner));
      });
      client.once('close', () => giveUp(new Error('the connection was closed')));
      client.once('ready', () => {
        endWhenSilent(stream);
        resolve(new Connection(login, client, identityOf(tried)));
      });
      client.connect({
        sock: stream,
        username: login.user,
        readyTimeout: login.timeoutMs,
        // Keepalive only asks; `endWhenSilent` judges whether an answer comes.
        keepaliveInterval: KEEPALIVE_INTERVAL_MS,
        keepaliveCountMax: Number.POSITIVE_INFINITY,
        algorithms: {
          serverHostKey: preferredAlgorithms([
            ...new Set([...(key === null ? [] : [keyTypeOf(key)]), ...known]),
          ]),
        },
        hostVerifier: (shown: Buffer) => {
          const found = knownHosts.check(place.host, place.port, shown);
          const isCertified = key?.equals(shown) === true && found.verdict !== 'revoked';
          const verdict = isCertified ? ({ verdict: 'match' } as const) : found;
          const file = login.knownHosts[0] ?? '~/.ssh/known_hosts';
          refusal = hostKeyRefused(login, file, verdict, { shown, fault });
          return refusal === null;
        },
        authHandler: (left, partial, next) => {
          accepts = left ?? accepts;
          oneAccepted ||= partial;
          tried = methods.shift();
          // ssh2 takes false for the end of the list, which its types do not know.
          next(tried ?? (false as never));
        },
      });
    });
  }
}

/** Known types first, as OpenSSH does; the others stay, so that a changed key is named as one. */
export function preferredAlgorithms(known: string[]): ServerHostKeyAlgorithm[] {
  const all = Object.keys(ALGORITHMS);
  const order = [
    ...known.filter((type) => all.includes(type)),
    ...all.filter((type) => !known.includes(type)),
  ];
  return order.flatMap((type) => ALGORITHMS[type] ?? []);
}
