import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Target } from './clients';
import type { News, Order } from './generator';
import type { LoadReport } from './report';
import type { Rates, Window } from './request';

export type { Target } from './clients';
export type { LoadReport } from './report';
export { now, type Rates } from './request';

/** Constant load on one service at a time, from a process of its own. */
export class Load {
  /** When each release answered first since the start. */
  private readonly seen = new Map<string, number>();

  private constructor(private readonly generator: ChildProcess) {
    generator.on('message', (news: News) => {
      if (news.news === 'seen') this.seen.set(news.version, news.at);
    });
  }

  static async begin(): Promise<Load> {
    const generator = fork(join(__dirname, 'generator.js'));
    const load = new Load(generator);
    await load.told('ready');
    return load;
  }

  start(target: Target, rates: Rates): void {
    this.seen.clear();
    this.order({ order: 'start', target, rates });
  }

  /** When a release was first met, in milliseconds since 1970; undefined: not yet. */
  firstSeen(version: string): number | undefined {
    return this.seen.get(version);
  }

  /** The requests of the window; waits until the window is over and all its requests have ended. */
  async report(window: Window): Promise<LoadReport> {
    const told = this.told('report');
    this.order({ order: 'report', window });
    return (await told).report;
  }

  async stop(): Promise<void> {
    const told = this.told('stopped');
    this.order({ order: 'stop' });
    await told;
  }

  async end(): Promise<void> {
    if (this.generator.exitCode !== null || this.generator.signalCode !== null) return;
    const ended = once(this.generator, 'exit');
    this.generator.kill('SIGTERM');
    await ended;
  }

  private order(order: Order): void {
    this.generator.send(order);
  }

  private async told<Name extends News['news']>(name: Name): Promise<Extract<News, { news: Name }>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.generator.off('message', hear);
        this.generator.off('exit', dies);
      };
      const hear = (news: News) => {
        if (news.news !== name) return;
        settle();
        resolve(news as Extract<News, { news: Name }>);
      };
      const dies = () => {
        settle();
        reject(new Error('The load generator has ended; its error is above.'));
      };
      this.generator.on('message', hear);
      this.generator.on('exit', dies);
    });
  }
}
