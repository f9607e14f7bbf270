/** The last steps of a deploy on one host that did not become good. Each is worth a try, and fails no deploy. */
import type { Host } from './host';
import { reasonOf } from './reason';
import { type Inheritance, sayBroken } from './restore-abandoned';
import { closing, tidying } from './steps';

/** The leftovers of a deploy on a host. */
export interface Left {
  /** The release that it brought; null: none. */
  release: string | null;
  inheritance: Inheritance;
  /** The deploy may have stopped or changed what serves. */
  isTouched: boolean;
}

/** Worth a try, and no reason to leave a bad release in service any longer. */
export async function collectEvidence(host: Host): Promise<void> {
  try {
    await tidying(`${host.name}: evidence`).collectEvidence(host.on);
  } catch (error) {
    host.fact.problem = `no evidence: ${reasonOf(error).message}`;
  }
}

/** Removes the release, and frees the host for the next deploy. */
export async function discard(host: Host, left: Left, outcome: string): Promise<void> {
  const { release } = left;
  if (release !== null) {
    const steps = tidying(`${host.name}: remove ${release}`);
    await tidyUp(host, () => steps.discardRelease({ ...host.claimed, release }));
  }
  const { brokenBy } = left.inheritance;
  if (brokenBy !== null && !left.isTouched) sayBroken(host, brokenBy);
  await close(host, left, outcome);
}

/** Frees the host; what stands there stays. */
export async function close(host: Host, { inheritance, isTouched }: Left, outcome: string): Promise<void> {
  // The next deploy has to know that what runs there is nothing to go back to.
  if (inheritance.unrestored && !isTouched) return;
  const steps = closing(`${host.name}: close the claim`);
  await tidyUp(host, () => steps.closeClaim({ ...host.claimed, outcome }));
}

/** The claim and repair of the next deploy do the same, so that this one need not fail for it. */
async function tidyUp(host: Host, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    host.fact.problem = `not tidied up: ${reasonOf(error).message}`;
  }
}
