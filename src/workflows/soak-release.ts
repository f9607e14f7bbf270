import type { SoakSettings } from '../config/deploy-input';
import { inSeconds } from '../config/units';
import { timeOf } from '../deployment/time-of';
import type { Host } from './host';
import type { Undertaking } from './prepare-release';
import { watching } from './steps';

/** A longer activity would be no safer, and one for each look would fill the history. */
const SLICE_MS = 3_600_000;

/** Watches a release before it counts as good, in slices that keep the history small. */
export async function soakRelease(
  host: Host,
  { release, settings }: Undertaking,
  soak: SoakSettings,
): Promise<void> {
  host.fact.state = 'soaking';
  host.fact.soaksUntil = timeOf(Date.now() + soak.time);
  for (let number = 0, left = soak.time; left > 0; number++, left -= SLICE_MS) {
    const slice = { number, durationMs: Math.min(left, SLICE_MS) };
    const { id, commit } = release;
    const watched = { ...host.claimed, settings, soak, release: id, commit, slice };
    const of = left > SLICE_MS || number > 0 ? `, ${inSeconds(left)} left` : '';
    const words = `${host.name}: soak for ${inSeconds(slice.durationMs)}${of}`;
    await watching(words, slice.durationMs).soak(watched);
  }
  host.fact.state = 'released';
}
