import { readFileSync } from 'node:fs';
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import type { ApplicationFailure } from '@temporalio/common';
import type { HostTarget } from '../config/deploy-input';
import { fail } from '../failures';
import { fingerprintOf, KnownHosts } from './known-hosts';
import type { Keys } from './keys';
import { SessionSlots } from './session-slots';

export interface ConnectOptions {
  keys: Keys;
  /** Path of the known_hosts file; read at every connect, so that a correction needs no restart. */
  knownHosts: string;
}

/** A host that does not even answer is not waited for longer. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Three unanswered questions: silence is found within 12 s (and below 15 s with the first interval). */
const KEEPALIVE_INTERVAL_MS = 4_000;
const KEEPALIVE_MISSED = 3;

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

  private constructor(
    readonly host: HostTarget,
    readonly client: Client,
  ) {
    // For its whole life: an error without a listener would end the worker. What was under way
    // on the connection learns of it through its own channel.
    client.on('error', () => client.end());
  }

  /** Calls back once when the connection is of no more use. */
  onEnd(callback: () => void): void {
    this.client.once('error', callback);
    this.client.once('end', callback);
    this.client.once('close', callback);
  }

  close(): void {
    this.client.end();
  }

  /** Opens a session and starts a command in it. @throws an Error when the server refuses */
  exec(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
  }

  /**
   * @throws HostUnreachable when nobody answers; HostKeyMismatch for an unknown or another host
   *   key; AuthRejected when no key is accepted
   */
  static open(host: HostTarget, options: ConnectOptions): Promise<Connection> {
    const knownHosts = readKnownHosts(options.knownHosts);
    const client = new Client();
    let refusal: ApplicationFailure | null = null;
    return new Promise((resolve, reject) => {
      const give = (error: Error & { level?: string }) => {
        client.end();
        reject(refusal ?? connectFailure(host, options, error));
      };
      client.once('error', give);
      client.once('close', () => give(new Error('the connection was closed')));
      client.once('ready', () => {
        client.removeAllListeners('error').removeAllListeners('close');
        // Without this each small request waits for a delayed acknowledgement: 42 ms instead of 4.
        client.setNoDelay(true);
        resolve(new Connection(host, client));
      });
      client.connect({
        host: host.address,
        port: host.port,
        username: host.user,
        readyTimeout: CONNECT_TIMEOUT_MS,
        keepaliveInterval: KEEPALIVE_INTERVAL_MS,
        keepaliveCountMax: KEEPALIVE_MISSED,
        algorithms: { serverHostKey: preferredAlgorithms(knownHosts.keyTypes(host.address, host.port)) },
        hostVerifier: (key: Buffer) => {
          refusal = hostKeyFailure(host, options.knownHosts, knownHosts, key);
          return refusal === null;
        },
        authHandler: options.keys.methods(host.user),
      });
    });
  }
}

function readKnownHosts(file: string): KnownHosts {
  try {
    return new KnownHosts(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new KnownHosts('');
    throw error;
  }
}

/** Known types first, as OpenSSH does; the others stay, so that a changed key is named as one. */
function preferredAlgorithms(known: string[]): ServerHostKeyAlgorithm[] {
  const all = Object.keys(ALGORITHMS);
  const order = [...known.filter((type) => all.includes(type)), ...all.filter((type) => !known.includes(type))];
  return order.flatMap((type) => ALGORITHMS[type] ?? []);
}

function hostKeyFailure(
  host: HostTarget,
  file: string,
  knownHosts: KnownHosts,
  key: Buffer,
): ApplicationFailure | null {
  const verdict = knownHosts.check(host.address, host.port, key);
  const shown = fingerprintOf(key);
  const scan = `ssh-keyscan -p ${host.port} ${host.address} >> ${file}`;
  switch (verdict.verdict) {
    case 'match':
      return null;
    case 'unknown':
      return fail('HostKeyMismatch', `The host key of ${host.name} is not known: ${host.address} shows ${shown}.`, {
        host: host.name,
        advice: `Compare that fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then: ${scan}`,
      });
    case 'revoked':
      return fail('HostKeyMismatch', `The host key of ${host.name} is revoked (${file}:${verdict.line}): ${shown}.`, {
        host: host.name,
        advice: 'Do not go on before you know who answers there.',
      });
    case 'mismatch':
      return fail(
        'HostKeyMismatch',
        `The host key of ${host.name} has changed: ${file}:${verdict.line} knows ${verdict.fingerprint}, ${host.address} shows ${shown}.`,
        {
          host: host.name,
          advice: `Somebody may be in between. Only when you know why it changed: remove line ${verdict.line}, then: ${scan}`,
        },
      );
  }
}

function connectFailure(
  host: HostTarget,
  options: ConnectOptions,
  error: Error & { level?: string },
): ApplicationFailure {
  const place = `${host.name} (${host.user}@${host.address}:${host.port})`;
  if (error.level === 'client-authentication') {
    const offered = options.keys.names.join(', ') || 'no key at all';
    return fail('AuthRejected', `${place} accepts none of the controller's keys; offered: ${offered}.`, {
      host: host.name,
      advice: `Add the controller's public key to ~${host.user}/.ssh/authorized_keys there, or name the right key in LANDFALL_SSH_KEY.`,
    });
  }
  return fail('HostUnreachable', `${place} cannot be reached: ${error.message}.`, {
    host: host.name,
    advice: 'Check that the host is up and that the controller reaches its SSH port.',
  });
}
