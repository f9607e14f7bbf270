import { condition } from '@temporalio/workflow';

/**
 * Lets at most so many do something at once, and the others wait. Not async-mutex: a cancel has to end the waiting
 * of its scope, and leave the place to the others.
 */
export class Semaphore {
  private taken = 0;

  constructor(private readonly atOnce: number) {}

  async hold<T>(work: () => Promise<T>): Promise<T> {
    // Several may wait, and only one of them gets the place that becomes free.
    while (this.taken >= this.atOnce) await condition(() => this.taken < this.atOnce);
    this.taken += 1;
    try {
      return await work();
    } finally {
      this.taken -= 1;
    }
  }
}
