import { randomNumbers } from './random-numbers';

/** Chance that can be had again: the same seed gives the same choices. */
export class Random {
  /** At least 0, below 1. */
  readonly next: () => number;

  constructor(readonly seed: number) {
    this.next = randomNumbers(seed);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(from: readonly Item[]): Item {
    const item = from[this.below(from.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

/** LANDFALL_SEED does a run again; LANDFALL_ROUNDS makes it a long one. */
export function chosen(rounds: number): { random: Random; rounds: number } {
  const seed = Number(process.env.LANDFALL_SEED ?? Date.now() % 1_000_000_007);
  return { random: new Random(seed), rounds: Number(process.env.LANDFALL_ROUNDS ?? rounds) };
}
