import type { SingletonMove } from '../deployment/plan/singletons';
import type { DeployHost } from './deploy-host';
import type { Retry } from './execute-step';

/** Work on some hosts at once, before the next work begins on any. */
export interface Phase {
  hosts: DeployHost[];
  work: (host: DeployHost) => Promise<void>;
}

/** Moves the singletons of an environment: no host starts one while any host may still run it. */
export class Singletons {
  /** This run has begun to move them. */
  private moved = false;

  constructor(private readonly hosts: DeployHost[]) {}

  /** Nothing was moved, so nothing has to be moved back. */
  get areUntouched(): boolean {
    return !this.moved && this.hosts.every((host) => !host.tookOver);
  }

  /** Empty without singletons. Safe to take again from its beginning. */
  *move(to: 'release' | 'target', retry: Retry): Generator<Phase> {
    const moves = new Map<DeployHost, SingletonMove>();
    for (const host of this.hosts) moves.set(host, host.singletons(to, this.moved));
    const moveOf = (host: DeployHost) => moves.get(host) ?? { finish: null, start: [] };
    const ending = this.hosts.filter((host) => moveOf(host).finish !== null);
    const starting = this.hosts.filter((host) => moveOf(host).start.length > 0);
    if (to === 'release') this.moved ||= ending.length + starting.length > 0;
    if (ending.length > 0)
      yield {
        hosts: ending,
        work: async (host) => {
          const { finish } = moveOf(host);
          if (finish !== null) await host.take([finish], retry);
        },
      };
    if (starting.length > 0) yield { hosts: starting, work: (host) => host.take(moveOf(host).start, retry) };
  }
}
