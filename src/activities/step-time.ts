import { Context } from '@temporalio/activity';

/** Milliseconds of a monotonic clock. Only differences mean anything. */
export type Clock = () => number;
export const monotonic: Clock = () => performance.now();

/**
 * How long a step lasts. Worker, engine and host have clocks that may be hours apart. So every difference is
 * taken between two times of the same clock.
 */
export class StepTime {
  private readonly began: number;
  private readonly workedBefore: number;
  private readonly passedBefore: number;

  constructor(
    info: Pick<
      Context['info'],
      'heartbeatDetails' | 'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs'
    >,
    private readonly now: Clock = monotonic,
  ) {
    this.began = now();
    this.workedBefore = workedIn(info.heartbeatDetails);
    // Both of the engine's clock.
    this.passedBefore = Math.max(0, info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs);
  }

  /** The time in which its attempts were at work, up to the last heartbeat of those before this one. */
  get worked(): number {
    return this.workedBefore + this.now() - this.began;
  }

  /** The time since it was first scheduled, with those between two attempts, but not the wait for a worker. */
  get passed(): number {
    return this.passedBefore + this.now() - this.began;
  }
}

/** The content of a heartbeat, for people and for the next attempt. */
export interface Beat {
  said: string;
  workedMs: number;
}

function workedIn(beat: unknown): number {
  if (typeof beat !== 'object' || beat === null || !('workedMs' in beat)) return 0;
  const { workedMs } = beat;
  return typeof workedMs === 'number' && workedMs > 0 ? workedMs : 0;
}

const times = new WeakMap<Context, StepTime>();

/** Of the step that asks; it begins when the step first asks, which `heartbeating` does. */
export function stepTime(): StepTime {
  const context = Context.current();
  const time = times.get(context) ?? new StepTime(context.info);
  times.set(context, time);
  return time;
}
