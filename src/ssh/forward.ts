import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { HostTarget } from '../config/deploy-input';
import type { Connection } from './connection';

/** RFC 4254, 5.1. */
const ADMINISTRATIVELY_PROHIBITED = 1;
const CONNECT_FAILED = 2;
const UNKNOWN_CHANNEL_TYPE = 3;

/** The host's SSH server does not forward there: ask through the helper instead. */
export class ForwardingForbidden extends Error {
  override readonly name = 'ForwardingForbidden';
}

/** The connection ended before the stream was open: nothing is known of the address. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * A byte stream to an address as the host itself sees it, through its SSH connection.
 * @throws ForwardingForbidden, for a unix socket also when no process listens there. sshd gives the same
 *   answer for both; a question on the host tells them apart
 * @throws ConnectionLost on a connection that has just ended
 * @throws an Error with a readable message when no process listens on a TCP port
 */
export function openTunnel(connection: Connection, address: HostTarget['bind']): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, channel: ClientChannel) => {
      if (error === undefined) resolve(channel);
      else reject(isForbidden(error, address) ? new ForwardingForbidden(error.message) : inWords(error));
    };
    const { client } = connection;
    try {
      if ('socket' in address) client.openssh_forwardOutStreamLocal(address.socket, done);
      else client.forwardOut('127.0.0.1', 0, address.host, address.port, done);
    } catch (error) {
      // ssh2 throws at once, and may tell of the connection's end later.
      reject(new ConnectionLost(String(error)));
    }
  });
}

function isForbidden(error: Error & { reason?: unknown }, address: HostTarget['bind']): boolean {
  const { reason, message } = error;
  if (reason === ADMINISTRATIVELY_PROHIBITED || reason === UNKNOWN_CHANNEL_TYPE) return true;
  // ssh2 does not even ask a server that is not OpenSSH for a unix socket.
  return 'socket' in address && (reason === CONNECT_FAILED || /strictVendor/.test(message));
}

function inWords(error: Error): Error {
  return new Error(error.message.replace(/^\(SSH\) Channel open failure: /, '').toLowerCase());
}
