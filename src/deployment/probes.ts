/** How the releases on a host are asked: as they were when they were found good, or as landfall.yaml says now. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Address, HostFacts } from '../contract/contract-types';
import { bindArgument } from './gunicorn';
import type { PlacedProbe, Probe } from './model';

/** The probes of what a rollback may go back to; null: nothing was kept of that release. */
export interface Probes {
  live: PlacedProbe | null;
  lastGood: PlacedProbe | null;
  previousGood: PlacedProbe | null;
}

/** The kept settings of a host's good releases, by release; checked by the signature. */
export type Kept = ReadonlyMap<string, Probe>;

/** Where systemd listens for the service now; null: nowhere, or on another kind of socket. */
export interface Socket {
  active: boolean;
  /** As systemd spells its addresses, with blanks between. */
  listens: string;
  address: Address | null;
}

/**
 * The settings to start a release with that was good before. What belongs to the release is as it was.
 * What root has allowed, and how releases follow each other, is as landfall.yaml says now.
 */
export function asItWas(kept: ServiceSettings, now: ServiceSettings): ServiceSettings {
  const { layout, checkout, strategy, whenMemoryShort, user, base, unit } = now;
  const { rollback, dependentUnits, keepReleases } = now;
  const rules = {
    layout,
    checkout,
    strategy,
    whenMemoryShort,
    user,
    base,
    unit,
    rollback,
    dependentUnits,
    keepReleases,
  };
  return { ...kept, ...rules };
}

/** The probe of a release as it was kept. @returns null when nothing was kept of it */
export function keptProbe(release: string | null, kept: Kept, socket: Socket): PlacedProbe | null {
  const probe = release === null ? undefined : kept.get(release);
  return probe === undefined ? null : placed(probe, socket);
}

/**
 * The probes to try on the live release, the likeliest first. The first probe has the kept settings, at the address
 * where systemd listens. The second is that of today's landfall.yaml, because the proxy may have moved.
 */
export function liveProbes(
  now: Probe,
  kept: Kept,
  socket: Socket,
  { live, lastGood, claim, policy }: Pick<HostFacts, 'live' | 'lastGood' | 'claim' | 'policy'>,
): [PlacedProbe, ...PlacedProbe[]] {
  const written = placed(now, socket);
  const place = keptProbe(live.release, kept, socket) ?? written;
  // An abandoned deploy has moved it: it belongs where it was good.
  if (claim?.state === 'open' && live.release === lastGood && place.moved) return [place];
  const isInstance = live.unit !== policy.unit;
  const first = isInstance && place.moved && socket.address !== null ? at(place, socket.address) : place;
  if (isSame(first, written)) return [first];
  const settings = { ...first.settings, readiness: now.settings.readiness };
  return [first, { ...written, settings }];
}

/** Whether systemd listens for the service, and not at that address. */
export function listensElsewhere(socket: Socket, address: Address): boolean {
  return socket.active && !socket.listens.split(' ').includes(asListened(address));
}

/** As systemd spells it: like Gunicorn, but for a unix socket's path alone. */
export function asListened(address: Address): string {
  return bindArgument(address).replace(/^unix:/, '');
}

function placed(probe: Probe, socket: Socket): PlacedProbe {
  return { ...probe, moved: listensElsewhere(socket, probe.address) };
}

function at(probe: PlacedProbe, address: Address): PlacedProbe {
  return { ...probe, address, moved: false };
}

/** Both were made by the same schema, so that their keys have the same order. */
function isSame(one: Probe, other: Probe): boolean {
  const asked = ({ address, settings }: Probe) => JSON.stringify([address, settings.readiness]);
  return asked(one) === asked(other);
}
