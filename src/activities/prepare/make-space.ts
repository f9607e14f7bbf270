import type { Claim, Verbs } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import type { CallHost } from '../step';

/** The need of a step, in addition to the reserve for what else runs on the host. */
export type Need = Omit<Verbs['make-space']['request'], 'claim'>;

/** Where releases lie on a host (`base`), and the claim of this attempt. */
export interface Place {
  host: string;
  base: string;
  claim: Claim;
}

/** Each request removes one release at most, and a host keeps no more than a hundred. */
const MOST_REQUESTS = 120;

/**
 * Sees to space on the host for a release, or for an environment. Where the disk is short, old releases go first, also
 * those that `keepReleases` would keep. Safe to run twice.
 * @returns a sentence for people; empty where nothing had to go
 * @throws CommandFailed when the releases that must stay leave too little
 */
export async function makeSpace(
  call: CallHost,
  place: Place,
  need: Need,
  report: (detail: string) => void = () => undefined,
): Promise<string> {
  const removed: string[] = [];
  let freed = 0;
  for (let tries = 0; tries < MOST_REQUESTS; tries += 1) {
    const answer = await call('make-space', { claim: place.claim, ...need });
    if (answer.removed !== null) removed.push(answer.removed);
    freed += answer.removedBytes;
    if (answer.fits) return removedInWords(removed.length, freed);
    if (!answer.again) throw noSpace(place, answer, removedInWords(removed.length, freed));
    report(`removes old releases: ${removed.join(', ')}`);
  }
  const { host, base } = place;
  throw fail('CommandFailed', `Old releases at ${base} on ${host} cannot be removed.`, {
    host,
    advice: `Look at ${base}/releases/.trash-* on ${host}: remove them as root, and deploy again.`,
  });
}

function removedInWords(count: number, bytes: number): string {
  if (count === 0) return '';
  return `; removed ${count} old ${count === 1 ? 'release' : 'releases'} (${megabytes(bytes)} MB) to make space`;
}

function noSpace(
  { host, base }: Place,
  { freeBytes, neededBytes, staying }: Verbs['make-space']['result'],
  removed: string,
): Error {
  const numbers = `${megabytes(freeBytes)} MB are free, and ${megabytes(neededBytes)} MB are needed`;
  const { releases, bytes } = staying;
  const old =
    releases === 0
      ? ''
      : ` ${releases} old releases must stay (live, last good, the rollback target) and take ${megabytes(bytes)} MB, whatever keepReleases says.`;
  return fail('CommandFailed', `No space left for ${base} on ${host}: ${numbers}${removed}.${old}`, {
    host,
    advice: `Free space on that file system, or make it larger, and deploy again. Large files may also leave the repository.`,
  });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
