import type { Client } from '@temporalio/client';
import { pollersOf, WorkerWatch } from '../temporal/worker-there';
import type { Screen } from './screen';

/** A worker that is only busy is heard of before this. */
const SILENCE_MS = 3_000;

/** Says that nobody is there to do what is waited for: once for each time without a worker. */
export class MissingWorker {
  private missed = false;
  private looked = performance.now();
  private readonly workers = new WorkerWatch();

  constructor(
    private readonly client: Client,
    private readonly screen: Screen,
    private readonly who: 'the deploy' | 'the doctor',
  ) {}

  /** To be called while nothing is heard, as often as one likes. */
  async look(): Promise<void> {
    if (performance.now() - this.looked < SILENCE_MS) return;
    this.looked = performance.now();
    // An engine that does not answer either is for whoever waits to notice.
    const missed = await pollersOf(this.client).then(
      (pollers) => !this.workers.isThere(pollers),
      () => this.missed,
    );
    if (missed && !this.missed) {
      this.screen.say(
        `  ! No worker is connected to this engine; ${this.who} waits for one: landfall worker`,
      );
    }
    this.missed = missed;
  }

  /** Looks as long as that lasts, and shows what is waited for. */
  async during<T>(waitsFor: string, work: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      this.screen.progress(`  … ${waitsFor}`);
      void this.look();
    }, 1_000);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }
}
