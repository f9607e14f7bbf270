/**
 * How many sessions may be open on one connection at once. Servers limit them (`MaxSessions`,
 * ten by default, one on careful hosts) and refuse what is above; whoever comes then waits here.
 *
 * Not p-queue or async-mutex: a server that refuses a session lowers the limit while slots are held. A waiting
 * caller can be aborted, and takes no slot then.
 */
export class SessionSlots {
  private limit = 4;
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  get idle(): boolean {
    return this.used === 0;
  }

  /** Waits for a slot. @throws the signal's reason when it is aborted first; no slot is taken then */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.used < this.limit) {
      this.used += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const take = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(signal?.reason);
      };
      this.waiting.push(take);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  release(): void {
    this.used -= 1;
    while (this.used < this.limit) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.used += 1;
      next();
    }
  }

  /**
   * Call this when the server refused the session of the caller's slot. From now on, at most as many sessions
   * are opened as were open besides.
   * @returns false when no other session was open, so a lower limit would not help
   */
  lower(): boolean {
    const others = this.used - 1;
    if (others < 1) return false;
    this.limit = Math.min(this.limit, others);
    return true;
  }
}
