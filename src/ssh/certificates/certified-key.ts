import type { Duplex } from 'node:stream';
import type { Login } from '../config/login';
import type { KnownHosts } from '../known-hosts';
import { askCertificate } from './ask-certificate';
import { faultOf, parseCertificate } from './host-certificate';

/** `key`: certified by an authority that known_hosts names for this host. `fault`: why none is. */
export type Certified = { key: Buffer } | { fault: string };

/**
 * The host key that a certificate vouches for. Asked on a stream of its own, and only where known_hosts has a line
 * `@cert-authority` for the host.
 * @returns null: there is no such line
 * @throws what `open` throws
 */
export async function certifiedKey(
  login: Login,
  knownHosts: KnownHosts,
  open: () => Promise<{ stream: Duplex }>,
): Promise<Certified | null> {
  const { host, port } = knownAs(login);
  const authorities = knownHosts.authorities(host, port);
  if (authorities.length === 0) return null;
  const { stream } = await open();
  const shown = await askCertificate(stream, login.timeoutMs);
  if (shown === null) return { fault: 'the host shows no certificate' };
  const certificate = parseCertificate(shown);
  if (certificate === null) return { fault: 'its certificate cannot be read' };
  const fault = faultOf(certificate, host, authorities, Date.now());
  return fault === null
    ? { key: certificate.key }
    : { fault: `its certificate counts for nothing: ${fault}` };
}

/** The name and the port under which known_hosts has a machine. */
export function knownAs({ alias, hostname, port }: Login): { host: string; port: number } {
  return alias === null ? { host: hostname, port } : { host: alias, port: 22 };
}
