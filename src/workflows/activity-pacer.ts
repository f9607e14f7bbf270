import { CancellationScope, sleep } from '@temporalio/workflow';

/**
 * The most new activities of a run at once. The engine fails a workflow task for which more than 100 events wait; an
 * activity's end is two events. The limit also keeps one answer of the worker below 4 MB, and leaves slots of the
 * worker to other runs.
 */
const MOST_NEW = 48;

/** An activity that lasts longer is no longer new: activities that last do not end in one moment. */
const NEW_FOR_MS = 5_000;
/** An activity that only watches counts for the workflow task alone that schedules it. */
const WATCH_NEW_FOR_MS = 1;

export interface Pace {
  /** The activity goes before other waiting ones. */
  first: boolean;
  watches: boolean;
}

/** One new activity; milliseconds until it is no longer new. */
interface Place {
  newUntil: number;
}

interface Waiting extends Pace {
  begin: (place: Place) => void;
}

/** Lets a run with very many hosts begin its activities one after another. A run with few hosts never waits. */
export class ActivityPacer {
  private readonly places = new Set<Place>();
  private readonly lines = { first: new Set<Waiting>(), others: new Set<Waiting>() };
  private isAging = false;

  /** @throws CancelledFailure when its scope is cancelled before it has begun */
  async run<T>(pace: Pace, activity: () => Promise<T>): Promise<T> {
    const place = this.places.size < MOST_NEW ? this.take(pace) : await this.turn(pace);
    try {
      return await activity();
    } finally {
      this.leave(place);
    }
  }

  private take({ watches }: Pace): Place {
    const place = { newUntil: Date.now() + (watches ? WATCH_NEW_FOR_MS : NEW_FOR_MS) };
    this.places.add(place);
    return place;
  }

  private turn(pace: Pace): Promise<Place> {
    const line = pace.first ? this.lines.first : this.lines.others;
    const { cancelRequested } = CancellationScope.current();
    return new Promise((resolve, reject) => {
      const waiting = { ...pace, begin: resolve };
      line.add(waiting);
      cancelRequested.catch((cancel) => {
        if (line.delete(waiting)) reject(cancel);
      });
      void CancellationScope.nonCancellable(() => this.age());
    });
  }

  /** The next that waits gets the place. */
  private leave(place: Place): void {
    // An activity that is no longer new has left before its end.
    if (!this.places.delete(place)) return;
    for (const line of [this.lines.first, this.lines.others]) {
      const [next] = line;
      if (next === undefined) continue;
      line.delete(next);
      next.begin(this.take(next));
      return;
    }
  }

  /** While others wait, activities that last give up their places. */
  private async age(): Promise<void> {
    if (this.isAging) return;
    this.isAging = true;
    while (this.lines.first.size + this.lines.others.size > 0) {
      const left = Math.min(...[...this.places].map(({ newUntil }) => newUntil)) - Date.now();
      if (left > 0) await sleep(left, { summary: 'until more activities may begin' });
      for (const place of [...this.places]) if (place.newUntil <= Date.now()) this.leave(place);
    }
    this.isAging = false;
  }
}
