import { isIPv6 } from 'node:net';
import { isHostAddress } from './address';

/** Where commands reach the controller by SSH. Null: as the SSH configuration of the user says. */
export interface ControllerAddress {
  host: string;
  user: string | null;
  port: number | null;
}

export const CONTROLLER_FORM = 'ssh://[user@]host[:port], such as ssh://landfall@ops.example.com';

/**
 * Reads `ssh://landfall@ops:2222`. The host may be an alias of `~/.ssh/config`.
 * @returns null for anything else. No part can be an option of ssh or a word of the shell that a `ProxyCommand` runs
 */
export function parseController(text: string): ControllerAddress | null {
  const match =
    /^ssh:\/\/(?:([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})@)?(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9_.-]{1,253}))(?::([1-9]\d{0,4}))?\/?$/.exec(
      text,
    );
  if (match === null) return null;
  const [, user = null, ipv6, name = '', portText] = match;
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && port > 65_535) return null;
  if (ipv6 === undefined ? !isHostAddress(name) : !isIPv6(ipv6)) return null;
  return { host: ipv6 ?? name, user, port };
}

/** As a person writes it. */
export function controllerText({ host, user, port }: ControllerAddress): string {
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  return `ssh://${user === null ? '' : `${user}@`}${bracketed}${port === null ? '' : `:${port}`}`;
}
