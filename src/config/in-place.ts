/** Layout `in-place`: the service runs from a Git checkout. What else follows from it, where nothing is written. Pure. */
import type { ServiceSettings } from './deploy-input';
import type { WrittenSettings } from './settings';

type InPlace = Pick<ServiceSettings, 'layout' | 'checkout' | 'strategy'>;

/** One checkout has room for one release, so that only `restart` is left. Landfall's own folder stands next to it. */
export function withInPlace(merged: WrittenSettings, service: string): WrittenSettings {
  if (merged.layout !== 'in-place') return merged;
  const { checkout = `/srv/${service}`, strategy = 'restart' } = merged;
  const { base = `${checkout}.landfall` } = merged;
  return { ...merged, checkout, strategy, base };
}

/** The checkout that the service runs from; null: it runs from releases. */
export function checkoutOf({ layout, checkout }: Pick<InPlace, 'layout' | 'checkout'>): string | null {
  return layout === 'in-place' ? checkout : null;
}

/** Where the service runs; null: in its release. @param path the service's folder in the repository */
export function directoryIn(settings: InPlace, path: string | null): string | null {
  const checkout = checkoutOf(settings);
  return checkout === null || path === null ? checkout : `${checkout}/${path}`;
}
