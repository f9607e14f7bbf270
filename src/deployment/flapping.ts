/** A release that is bad again and again, each time for a shorter time than is tolerated. Pure. */

/** Answers that count, and how often they may turn from good to bad. The gate has the same rule in `judge.py`. */
const LOOKS = 20;
const MOST_TURNS = 3;

export class Flapping {
  private readonly bad: boolean[] = [];
  private wasGood = false;
  /** Since the first good one: how many were bad, and all of them. */
  private badCount = 0;
  private count = 0;

  see(isBad: boolean): void {
    this.bad.push(isBad);
    if (this.bad.length > LOOKS) this.bad.shift();
    this.wasGood ||= !isBad;
    if (!this.wasGood) return;
    this.count += 1;
    if (isBad) this.badCount += 1;
  }

  /** In words; null: it does not flap. */
  problem(): string | null {
    const turns = this.bad.filter((isBad, at) => isBad && this.bad[at - 1] === false).length;
    return turns < MOST_TURNS ? null : `flapping: turned bad ${turns} times in ${this.bad.length} answers`;
  }

  /** For a release that serves all the same; null: no answer was bad since the first good one. */
  note(): string | null {
    return this.badCount === 0 ? null : `${this.badCount} of ${this.count} answers bad`;
  }
}
