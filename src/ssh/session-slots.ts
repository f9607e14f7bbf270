/**
 * How many sessions may be open on one connection at once. Servers limit them (`MaxSessions`,
 * ten by default, one on careful hosts) and refuse what is above; whoever comes then waits here.
 */
export class SessionSlots {
  private limit = 4;
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  async acquire(): Promise<void> {
    if (this.used < this.limit) {
      this.used += 1;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  release(): void {
    const next = this.waiting.shift();
    if (next === undefined || this.used > this.limit) {
      this.used -= 1;
      if (next !== undefined) this.waiting.unshift(next);
    } else next();
  }

  /**
   * The server refused one more session: from now on no more than were open then.
   * @returns false when none was open, so that fewer would not help
   */
  lower(): boolean {
    const open = this.used - 1;
    if (open < 1) return false;
    this.limit = Math.min(this.limit, open);
    return true;
  }
}
