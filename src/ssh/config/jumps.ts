/** `ProxyJump` of OpenSSH's configuration. Pure. */
import { isHostAddress } from '../../config/address';

/** One machine on the way. null: OpenSSH's configuration for that machine decides. */
export interface Jump {
  host: string;
  user: string | null;
  port: number | null;
}

/** The jump hosts in the order in which they are passed. @returns null for a value that is not a list of hosts */
export function parseJumps(value: string): Jump[] | null {
  const jumps = value.split(',').map((text) => parseJump(text.trim()));
  return jumps.every((jump) => jump !== null) ? jumps : null;
}

/** `[user@]host[:port]` or `ssh://[user@]host[:port]`; an IPv6 address with a port in brackets. */
function parseJump(text: string): Jump | null {
  const form =
    /^(?:ssh:\/\/)?(?:([A-Za-z0-9_][A-Za-z0-9_.$@+-]*)@)?(?:\[([^\]]+)\]|([^:[\]@/]+)|([0-9A-Fa-f:.]+))(?::(\d{1,5}))?\/?$/;
  const match = form.exec(text);
  if (match === null) return null;
  const [, user = null, bracketed, name, bare, port] = match;
  const host = bracketed ?? name ?? bare ?? '';
  if (!isHostAddress(host)) return null;
  return { host, user, port: port === undefined ? null : Number(port) };
}
