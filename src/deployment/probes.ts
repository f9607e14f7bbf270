/** How the releases that a rollback may go back to are started and asked: as they were when they were found good. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Looking } from '../activities/observe/inspect-host';
import { type KeptRelease, readKept } from '../activities/observe/kept-release';
import { parseBind } from '../config/address';
import type { ServiceSettings } from '../config/deploy-input';
import type { Address, HostFacts } from '../host-agent/contract-types';
import { bindArgument } from '../host-agent/gunicorn';

export interface WayBack extends KeptRelease {
  /** systemd listens for the service somewhere else now: it has to stop that first. */
  moved: boolean;
}

/** Absent where nothing is known of a release but its name. */
export interface WaysBack {
  live?: WayBack;
  lastGood?: WayBack;
  previousGood?: WayBack;
}

/** What the host has kept and this controller has signed, by release. */
export interface Known {
  releases: Map<string, KeptRelease>;
  /** What it handed back that counts for nothing, one sentence each. */
  refused: string[];
}

/** @param key the controller's own: what is not signed with it counts for nothing */
export function knownReleases(key: Buffer, input: Looking, facts: HostFacts): Known {
  const { service, environment, host, settings } = input;
  const known: Known = { releases: new Map(), refused: [] };
  for (const { id: release, commit } of facts.releases) {
    const kept = Object.hasOwn(facts.kept, release) ? facts.kept[release] : undefined;
    if (kept === undefined) continue;
    const read = readKept(key, { service, environment, host: host.name, release, commit }, kept);
    if (typeof read !== 'string')
      known.releases.set(release, { ...read, settings: asItWas(read.settings, settings) });
    else known.refused.push(`what the host kept of ${release} is ${read}: landfall.yaml counts for it`);
  }
  return known;
}

/** What belongs to the release is as it was; what root has allowed, and how releases follow each other, is as it is now. */
function asItWas(kept: ServiceSettings, now: ServiceSettings): ServiceSettings {
  const { layout, strategy, whenMemoryShort, user, base, unit, rollback, keepReleases } = now;
  return { ...kept, layout, strategy, whenMemoryShort, user, base, unit, rollback, keepReleases };
}

/**
 * The ways in which the live release may have to be asked, the likeliest first: as it was when it was
 * found good, where systemd listens for it; else as landfall.yaml says now, because the proxy may have moved.
 */
export function waysToAskLive(input: Looking, facts: HostFacts, known: Known): [WayBack, ...WayBack[]] {
  const kept = wayBackTo(facts.live.release, facts, known);
  const now = asWritten(input, facts);
  // Where an unfinished deploy has moved last good is not where it belongs.
  const place = kept ?? now;
  if (facts.claim?.state === 'open' && facts.live.release === facts.lastGood && place.moved) return [place];
  const isInstance = facts.live.unit !== facts.policy.unit;
  const first = isInstance ? whereItListens(place, facts) : place;
  if (isSameQuestion(first, now)) return [first];
  const settings = { ...first.settings, readiness: now.settings.readiness };
  return [first, { ...now, settings }];
}

/** undefined: nothing was kept of it. */
export function wayBackTo(release: string | null, facts: HostFacts, known: Known): WayBack | undefined {
  const kept = release === null ? undefined : known.releases.get(release);
  return kept && { ...kept, moved: isElsewhere(kept.address, facts) };
}

function isSameQuestion(one: WayBack, other: WayBack): boolean {
  const question = ({ address, settings }: WayBack) => [address, settings.readiness];
  return isDeepStrictEqual(question(one), question(other));
}

function whereItListens(way: WayBack, facts: HostFacts): WayBack {
  const address = way.moved ? listensOn(facts) : null;
  return address === null ? way : { ...way, address, moved: false };
}

function asWritten({ host, settings }: Looking, facts: HostFacts): WayBack {
  return { address: host.bind, settings, moved: isElsewhere(host.bind, facts) };
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
