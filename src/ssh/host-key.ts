import { Client } from 'ssh2';
import type { Login } from './config/login';
import { unreachable } from './connect-failures';
import { preferredAlgorithms, type Transport } from './connection';
import { fingerprintOf, type KnownHosts, keyTypeOf, type Verdict } from './known-hosts';

/** The key that a host shows, and whether it is known. That the right host shows it is not verified. */
export interface ShownHostKey {
  /** `SHA256:…` */
  fingerprint: string;
  type: string;
  verdict: Verdict['verdict'];
  /** The line of known_hosts that trusts this key. */
  line: string;
  /** The known_hosts file of the user. */
  file: string;
}

/**
 * Asks for the host key, as ssh-keyscan does, and ends before a login.
 * @throws HostUnreachable without an answer
 */
export function askHostKey(
  login: Login,
  { stream, said }: Transport,
  knownHosts: KnownHosts,
): Promise<ShownHostKey> {
  const client = new Client();
  const place = login.alias === null ? login : { hostname: login.alias, port: 22 };
  return new Promise((resolve, reject) => {
    const giveUp = (error: Error) => {
      client.destroy();
      stream.destroy();
      said().then((last) => reject(unreachable(login, error, last)), reject);
    };
    client.on('error', giveUp);
    client.once('close', () => giveUp(new Error('the connection was closed')));
    client.connect({
      sock: stream,
      username: login.user,
      readyTimeout: login.timeoutMs,
      algorithms: { serverHostKey: preferredAlgorithms([]) },
      hostVerifier: (key: Buffer) => {
        const { verdict } = knownHosts.check(place.hostname, place.port, key);
        const name = place.port === 22 ? place.hostname : `[${place.hostname}]:${place.port}`;
        const type = keyTypeOf(key);
        resolve({
          fingerprint: fingerprintOf(key),
          type,
          verdict,
          line: `${name} ${type} ${key.toString('base64')}`,
          file: login.knownHosts[0] ?? '',
        });
        return false;
      },
    });
  });
}
