/** The order of the keys of a `landfall.yaml`. Pure. */
import { knownKeys } from '../../config/json-schema';
import type { DraftKey } from './draft';

/** Where a draft's keys stand: at the top, or below an environment. */
export const TOP: string[] = [];
export const ENVIRONMENT = ['environments', '*'];

/** The keys in the order of docs/configuration.md. Keys of one place keep their order. */
export function inFileOrder(keys: DraftKey[], under: string[]): DraftKey[] {
  const known = knownKeys().map(({ path }) => path);
  return keys
    .map((key) => ({ key, place: placeOf(known, [...under, ...key.path]) }))
    .sort((a, b) => a.place - b.place)
    .map(({ key }) => key);
}

/** Of the longest beginning of a path that is known: below it, a person chooses the names. */
function placeOf(known: string[][], path: string[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const at = known.findIndex((each) => matches(each, path.slice(0, length)));
    if (at >= 0) return at;
  }
  return known.length;
}

function matches(known: string[], path: string[]): boolean {
  return known.length === path.length && known.every((part, at) => part === '*' || part === path[at]);
}
