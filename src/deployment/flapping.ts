/** A release that is bad again and again, each time for a shorter time than is tolerated. Pure. */

/** Looks that count, and how often they may turn from good to bad. */
const LOOKS = 20;
const MOST_TURNS = 3;

export class Flapping {
  private readonly bad: boolean[] = [];

  see(isBad: boolean): void {
    this.bad.push(isBad);
    if (this.bad.length > LOOKS) this.bad.shift();
  }

  /** In words; null: it does not flap. */
  problem(): string | null {
    const turns = this.bad.filter((isBad, at) => isBad && this.bad[at - 1] === false).length;
    return turns < MOST_TURNS ? null : `flapping: turned bad ${turns} times in ${this.bad.length} looks`;
  }
}
