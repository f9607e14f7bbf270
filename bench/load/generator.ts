/**
 * The load generator, a process of its own, so that nothing that the bench does delays a request.
 *
 * The load is an open loop: the schedule of all requests is fixed beforehand, and latency counts from the
 * scheduled time. A service that stalls for a second is charged with every request of that second, not only
 * with the one that waited.
 */
import { setPriority } from 'node:os';
import { poll } from '../../src/timing/poll';
import { Clients, type Target } from './clients';
import { reportOn } from './report';
import { type Answered, KINDS, type Kind, now, type Rates, type Window } from './request';

export type Order =
  | { order: 'start'; target: Target; rates: Rates }
  /** Answered when every request of the window has ended. */
  | { order: 'report'; window: Window }
  | { order: 'stop' };

export type News =
  | { news: 'ready' }
  /** A release has answered for the first time since the start. */
  | { news: 'seen'; version: string; at: number }
  | { news: 'report'; report: ReturnType<typeof reportOn> }
  | { news: 'stopped' };

/** Users sit on machines of their own; here they must not wait for a processor that a deploy uses. */
const AHEAD_OF_OTHERS = -10;

class Load {
  private readonly clients: Clients;
  private readonly answered: Answered[] = [];
  private readonly underWay = new Map<Promise<void>, number>();
  private readonly versions = new Set<string>();
  private readonly next: Record<Kind, number>;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    target: Target,
    private readonly rates: Rates,
  ) {
    this.clients = new Clients(target);
    const start = now();
    // Not all three kinds in the same moment.
    const phase = (kind: Kind) => (KINDS.indexOf(kind) / KINDS.length) * this.interval(kind);
    this.next = { fresh: start + phase('fresh'), kept: start + phase('kept'), slow: start + phase('slow') };
    this.sendWhatIsDue();
  }

  async report(window: Window): Promise<ReturnType<typeof reportOn>> {
    // A request that was due in the window may be sent a moment late, and answered much later.
    const isSent = () => Math.min(...KINDS.map((kind) => this.next[kind])) >= window.to;
    await poll(async () => isSent() || null, { pause: 10 });
    const open = [...this.underWay].flatMap(([ended, due]) => (due < window.to ? [ended] : []));
    await Promise.all(open);
    return reportOn(this.answered, window);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.clients.close();
    await Promise.all(this.underWay.keys());
  }

  private interval(kind: Kind): number {
    return 1000 / this.rates[kind];
  }

  private sendWhatIsDue(): void {
    const time = now();
    for (const kind of KINDS) {
      while (this.next[kind] <= time) {
        this.send(kind, this.next[kind]);
        this.next[kind] += this.interval(kind);
      }
    }
    const soonest = Math.min(...KINDS.map((kind) => this.next[kind]));
    this.timer = setTimeout(() => this.sendWhatIsDue(), Math.max(0, soonest - now()));
  }

  private send(kind: Kind, due: number): void {
    const ended = this.clients.send(kind, due).then((answer) => {
      this.answered.push(answer);
      this.underWay.delete(ended);
      if (answer.version === null || this.versions.has(answer.version)) return;
      this.versions.add(answer.version);
      tell({ news: 'seen', version: answer.version, at: answer.ended });
    });
    this.underWay.set(ended, due);
  }
}

function tell(news: News): void {
  process.send?.(news);
}

let load: Load | null = null;

async function obey(order: Order): Promise<void> {
  if (order.order === 'start') {
    load = new Load(order.target, order.rates);
  } else if (order.order === 'report') {
    if (load !== null) tell({ news: 'report', report: await load.report(order.window) });
  } else {
    await load?.stop();
    load = null;
    tell({ news: 'stopped' });
  }
}

// Only root may; without it the numbers are a little worse for everybody alike.
if (process.getuid?.() === 0) setPriority(AHEAD_OF_OTHERS);
process.on('message', (order: Order) => void obey(order));
// The generator ends with the bench, even when the bench is killed; only the bench acts on an interrupt.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
tell({ news: 'ready' });
