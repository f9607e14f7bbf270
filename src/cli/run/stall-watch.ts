import type { Client } from '@temporalio/client';
import { pollersOf, WorkerWatch } from '../../temporal/worker-there';
import type { ConsoleOutput } from '../output/console-output';
import { failsOnHistory, stuckInWords } from './blockers';
import { latestRun } from './run-info';

/** A worker that is only busy is heard of before this. */
const SILENCE_MS = 3_000;

/** Says why nothing is heard of a run: no worker is there, or workers fail on it. Once for each time. */
export class StallWatch {
  private missed = false;
  private stuck = false;
  private looked = performance.now();
  private readonly workers = new WorkerWatch();

  constructor(
    private readonly client: Client,
    private readonly out: ConsoleOutput,
    private readonly who: 'the deploy' | 'the doctor' | 'the plan',
    private readonly workflowId: string,
  ) {}

  /** To be called while nothing is heard, as often as one likes. */
  async look(): Promise<void> {
    if (performance.now() - this.looked < SILENCE_MS) return;
    this.looked = performance.now();
    try {
      await this.lookForWorkers();
      await this.lookAtRun();
    } catch {
      // An engine that does not answer either is for whoever waits to notice.
    }
  }

  private async lookForWorkers(): Promise<void> {
    const missed = !this.workers.isThere(await pollersOf(this.client));
    if (missed && !this.missed) {
      this.out.say(`  ! No worker is connected to this engine; ${this.who} waits for one: landfall worker`);
    }
    this.missed = missed;
  }

  private async lookAtRun(): Promise<void> {
    const run = await latestRun(this.client, this.workflowId);
    const stuck = run !== null && failsOnHistory(run);
    if (stuck && !this.stuck) {
      const lines = await stuckInWords(this.client, run);
      this.out.say(...lines.map((line) => `  ! ${line}`));
    }
    this.stuck = stuck;
  }

  /** Looks as long as that lasts, and shows what is waited for. */
  async during<T>(waitsFor: string, work: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      this.out.progress(`  … ${waitsFor}`);
      void this.look();
    }, 1_000);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }
}
