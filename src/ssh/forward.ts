import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { Address } from '../host/protocol';
import type { Connection } from './connection';

/** The host's SSH server forwards nothing: ask through the helper instead. */
export class ForwardingForbidden extends Error {
  override readonly name = 'ForwardingForbidden';
}

/**
 * A byte stream to an address as the host itself sees it, through its SSH connection.
 * @throws ForwardingForbidden; an Error in words when nobody listens there
 */
export function openTunnel(connection: Connection, address: Address): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, channel: ClientChannel) => {
      if (error === undefined) resolve(channel);
      else reject(isForbidden(error) ? new ForwardingForbidden(error.message) : inWords(error));
    };
    const { client } = connection;
    try {
      if ('socket' in address) client.openssh_forwardOutStreamLocal(address.socket, done);
      else client.forwardOut('127.0.0.1', 0, address.host, address.port, done);
    } catch (error) {
      // ssh2 throws at once on a connection that has just ended.
      reject(error);
    }
  });
}

function isForbidden(error: Error): boolean {
  return /administratively prohibited|unknown channel type/i.test(error.message) || reasonOf(error) === 1;
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED is 1 (RFC 4254, 5.1). */
function reasonOf(error: Error & { reason?: unknown }): unknown {
  return error.reason;
}

function inWords(error: Error): Error {
  return new Error(error.message.replace(/^\(SSH\) Channel open failure: /, '').toLowerCase());
}
