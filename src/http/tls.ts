/** TLS to the address of a service. */
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Address } from '../contract/contract-types';
import type { Connection } from '../ssh/connection';
import { openTunnel } from '../ssh/forward';

/** As OpenSSL says it. */
const NOT_TLS = /wrong version number|packet length|record layer/;

/**
 * A TLS stream to a host's own address, through its SSH connection. The certificate is not verified: no authority
 * signs one for such an address, and the connection of SSH proves the host.
 * @throws as `openTunnel` does, and an Error where the handshake fails
 */
export async function openTls(
  connection: Connection,
  address: Address,
  headers: Record<string, string>,
): Promise<Duplex> {
  const socket = await openTunnel(connection, address);
  const host = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  const named = /^[a-z0-9.-]*[a-z][a-z0-9.-]*$/i.test(host) ? { servername: host } : {};
  return new Promise((resolve, reject) => {
    const stream = tls.connect({ socket, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...named });
    stream.once('secureConnect', () => resolve(stream));
    stream.once('error', (error) => {
      socket.destroy();
      reject(NOT_TLS.test(error.message) ? new Error('the address speaks no TLS') : error);
    });
  });
}
