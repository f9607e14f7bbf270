import { isIP, isIPv6 } from 'node:net';
import { isOf } from '../contract/contract';
import type { Address } from '../contract/contract-types';

/** How Landfall logs in where landfall.yaml and OpenSSH's configuration are silent. */
export const USUAL_USER = 'deploy';
export const USUAL_PORT = 22;

/** How a machine is written in `hosts:` when one string says it all. */
export interface SshAddress {
  address: string;
  user: string | null;
  port: number | null;
}

/**
 * Where a service listens: `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/shop.sock`.
 * @returns null for anything else. A DNS name is refused: a name server decides what the name means, and the
 *   name may have several addresses
 */
export function parseBind(text: string): Address | null {
  if (text.startsWith('unix:')) return parseSocket(text.slice('unix:'.length));
  const match = /^(?:\[([^\]]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = portOf(match?.[3]);
  if (port === null || isIP(host) === 0 || (match?.[1] !== undefined) !== isIPv6(host)) return null;
  if (host.includes('%')) return null;
  // The kernel and systemd use the shortest form.
  return { host: isIPv6(host) ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host, port };
}

function parseSocket(socket: string): Address | null {
  // The service has a /tmp of its own (PrivateTmp=): no other process would find a socket there.
  return isOf('socketPath', socket) && !/^\/(var\/)?tmp\//.test(socket) ? { socket } : null;
}

/** `web1`, `deploy@web1`, `deploy@web1:2222`, `[::1]:22`, `::1`. @returns null for anything else */
export function parseSshAddress(text: string): SshAddress | null {
  const match =
    /^(?:([^@]+)@)?(?:\[([^\]]+)\](?::(\d{1,5}))?|([^:[\]@]+)(?::(\d{1,5}))?|([0-9A-Fa-f:.]+))$/.exec(text);
  if (match === null) return null;
  const [, user = null, bracketed, bracketedPort, name, namePort, bare] = match;
  const address = bracketed ?? name ?? bare ?? '';
  const portText = bracketedPort ?? namePort;
  const port = portText === undefined ? null : portOf(portText);
  if (portText !== undefined && port === null) return null;
  if (user !== null && !isLoginName(user)) return null;
  const known = bracketed !== undefined || bare !== undefined ? isIPv6(address) : isHostAddress(address);
  return known ? { address, user, port } : null;
}

/** A DNS name or an IP address, without brackets. */
export function isHostAddress(text: string): boolean {
  if (isIP(text) !== 0) return true;
  // No top-level domain is a number: such a name is a mistyped IPv4 address.
  const labels = text.split('.');
  return (
    text.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}

/** A user that Landfall may log in as: it owns the code, so it cannot be root. */
export function isLoginName(text: string): boolean {
  return isOf('userName', text) && text !== 'root';
}

function portOf(text: string | undefined): number | null {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}
