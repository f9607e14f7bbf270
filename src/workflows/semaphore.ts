import { condition } from '@temporalio/workflow';

/** Lets as many at once do something as may, and the others wait; a cancel ends the waiting. */
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
