/** How the releases that a rollback may go back to are asked: as they were when they were found good. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { parseBind } from '../config/address';
import { bindArgument } from '../host/gunicorn';
import type { Address, Asked, HostFacts } from '../host/protocol';
import type { Looking } from './inspect-host';

export interface WayBack extends Asked {
  /** systemd listens for the service somewhere else now: it has to stop that first. */
  moved: boolean;
}

/** Absent where nothing is known of a release but its name. */
export interface WaysBack {
  live?: WayBack;
  lastGood?: WayBack;
  previousGood?: WayBack;
}

/**
 * The ways in which the live release may have to be asked, the likeliest first: as it was when it was
 * found good, where systemd listens for it; else as landfall.yaml says now, because the proxy may have moved.
 */
export function waysToAskLive(input: Looking, facts: HostFacts): [WayBack, ...WayBack[]] {
  const kept = wayBackTo(facts.live.release, input, facts);
  const now = asWritten(input, facts);
  // Where an unfinished deploy has moved last good is not where it belongs.
  const place = kept ?? now;
  if (facts.claim?.state === 'open' && facts.live.release === facts.lastGood && place.moved) return [place];
  const isInstance = facts.live.unit !== facts.policy.unit;
  const first = isInstance ? whereItListens(place, facts) : place;
  return isDeepStrictEqual(first, now) ? [first] : [first, now];
}

/** undefined: nothing was kept of it. */
export function wayBackTo(release: string | null, input: Looking, facts: HostFacts): WayBack | undefined {
  const kept = release === null ? undefined : facts.asked?.[release];
  if (kept === undefined) return undefined;
  // Another version of Landfall may have kept fewer settings.
  const readiness = { ...input.settings.readiness, ...kept.readiness };
  return { address: kept.address, readiness, moved: isElsewhere(kept.address, facts) };
}

function whereItListens(way: WayBack, facts: HostFacts): WayBack {
  const address = way.moved ? listensOn(facts) : null;
  return address === null ? way : { ...way, address, moved: false };
}

function asWritten({ host, settings }: Looking, facts: HostFacts): WayBack {
  return { address: host.bind, readiness: settings.readiness, moved: isElsewhere(host.bind, facts) };
}

function isElsewhere(address: Address, { socket }: HostFacts): boolean {
  return socket.active && !socket.listens.split(' ').includes(asListened(address));
}

/** Where systemd listens for the service now; null: nowhere, or on another kind of socket. */
export function listensOn({ socket }: HostFacts): Address | null {
  const [first = ''] = socket.listens.split(' ');
  if (!socket.active) return null;
  return parseBind(first.startsWith('/') ? `unix:${first}` : first);
}

/** As systemd spells it: like Gunicorn, but for a unix socket's path alone. */
export function asListened(address: Address): string {
  return bindArgument(address).replace(/^unix:/, '');
}
