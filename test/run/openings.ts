import { type CpuInfo, cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** How many files run at the same time, and when one more may begin. */
export interface Limits {
  /** So many always run. */
  fewest: number;
  /** Never more, however idle the machine is. */
  most: number;
  /** Share of the processors' time, 0 to 1, that must have been left over for one more. */
  idle: number;
  /** Milliseconds over which that is looked at. A file that has just begun shows its load within them. */
  every: number;
}

/** The processors' time since the machine started: a total, and the part in which they had nothing to do. */
export interface ProcessorTime {
  all: number;
  idle: number;
}

/**
 * Lets files begin one after another. Some tests wait, others compute. A fixed number of files leaves
 * processors idle at times, and at others makes tests miss their time limits.
 */
export class Openings {
  private running = 0;
  private turn: Promise<void> = Promise.resolve();

  /** @param read the processors' time; @param wait a pause of so many milliseconds */
  constructor(
    private readonly limits: Limits,
    private readonly read: () => ProcessorTime = processorTime,
    private readonly wait: (milliseconds: number) => Promise<unknown> = (milliseconds) => pause(milliseconds),
  ) {}

  /** Resolves when one more may begin. The caller calls `end` afterwards. */
  async begin(): Promise<void> {
    const before = this.turn;
    const mine = before.then(() => this.opening());
    this.turn = mine;
    await mine;
  }

  end(): void {
    this.running -= 1;
  }

  private async opening(): Promise<void> {
    while (this.running >= this.limits.fewest && !(await this.hasRoom()));
    this.running += 1;
  }

  private async hasRoom(): Promise<boolean> {
    const before = this.read();
    await this.wait(this.limits.every);
    const after = this.read();
    const idle = (after.idle - before.idle) / Math.max(1, after.all - before.all);
    return this.running < this.limits.fewest || (this.running < this.limits.most && idle >= this.limits.idle);
  }
}

function processorTime(): ProcessorTime {
  const sum = (of: (times: CpuInfo['times']) => number) =>
    cpus().reduce((total, { times }) => total + of(times), 0);
  return {
    all: sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq),
    idle: sum(({ idle }) => idle),
  };
}
