/** The nouns of a deploy. Plain JSON values: they cross the engine, and may wait in it. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Address } from '../contract/contract-types';

/** How a release is started and asked. */
export interface Probe {
  address: Address;
  settings: ServiceSettings;
}

/** The probe of a release that stands on the host, as it was when the release was found good. */
export interface PlacedProbe extends Probe {
  /** systemd listens for the service at another address now. That socket has to close first. */
  moved: boolean;
  /**
   * Of a unit that Landfall did not write, how it answered at that address before anything was changed: as
   * landfall.yaml wants, or at all. It has to answer so again after a rollback. Absent: it answered nothing.
   */
  verified?: Verified;
}

export type Verified = 'ready' | 'answers';

export interface Release {
  id: string;
  commit: string;
}

/** The name for people of a release, or of a unit that Landfall did not write. */
export function nameOf(release: string | null): string {
  return release ?? 'the unit from before';
}

/** A full commit in seven digits, for people; a ref as it is. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1');
}
