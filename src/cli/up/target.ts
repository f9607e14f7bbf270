/** The argument of `landfall up`: the machine, and the user that sets it up. Pure. */
import { parseSshAddress } from '../../config/address';
import type { HostTarget } from '../../config/deploy-input';
import { isOf } from '../../contract/contract';
import { CommandError } from '../exit-codes';

export interface UpTarget {
  /** The administrator: root, or a user with full sudo; null: not named. */
  user: string | null;
  address: string;
  port: number | null;
}

/** `root@web1`, `web1:2222`, `admin@[::1]:22`. @throws CommandError for anything else */
export function parseTarget(text: string): UpTarget {
  const [, user = null, place = ''] = /^(?:([^@]*)@)?(.*)$/.exec(text) ?? [];
  const parsed = place.includes('@') ? null : parseSshAddress(place);
  if (parsed === null || (user !== null && !isOf('userName', user)))
    throw new CommandError([
      `${JSON.stringify(text.slice(0, 100))} is not a machine to log in to.`,
      'Write it as USER@HOST or USER@HOST:PORT, such as root@web1.example.com or root@203.0.113.7.',
    ]);
  return { user, address: parsed.address, port: parsed.port };
}

/** As `hosts:` takes it: without the administrator, who owns no code. */
export function writtenHost({ address, port }: UpTarget): string {
  const shown = address.includes(':') ? `[${address}]` : address;
  return port === null ? shown : `${shown}:${port}`;
}

/** Whether a host of landfall.yaml is that machine. */
export function isTarget({ name, address, port }: HostTarget, target: UpTarget): boolean {
  if (target.port !== null && port !== null && target.port !== port) return false;
  return name === target.address || address === target.address;
}

/** A reserved name (RFC 2606, 6761): it stands in a file until a person knows the host. */
export function isPlaceholder({ address }: Pick<HostTarget, 'address'>): boolean {
  return /(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid)$/i.test(address);
}
