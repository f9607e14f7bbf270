import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  /** Milliseconds between two looks, asked after each look. */
  pause: number | (() => number);
  /** Milliseconds after which no further look begins; default: no limit. */
  limit?: number;
  /** Ends the polling between two looks. */
  signal?: AbortSignal;
}

/**
 * Looks again and again until a look finds something. The only loop of its kind: what is awaited says nothing by
 * itself. A library for polling would give retries of errors, too; here an error of a look ends the polling.
 * @returns the first result that is not null; null when the limit is over
 * @throws the error of a look; the reason of the signal
 */
export async function poll<T>(
  look: () => Promise<T | null>,
  options: PollOptions & { limit?: undefined },
): Promise<T>;
export async function poll<T>(look: () => Promise<T | null>, options: PollOptions): Promise<T | null>;
export async function poll<T>(look: () => Promise<T | null>, options: PollOptions): Promise<T | null> {
  const { pause, limit = Number.POSITIVE_INFINITY, signal } = options;
  const deadline = performance.now() + limit;
  for (;;) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    const milliseconds = typeof pause === 'number' ? pause : pause();
    if (performance.now() + milliseconds > deadline) return null;
    await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    });
  }
}

/** Pauses that grow by half from one look to the next. */
export function growing(first: number, longest: number): () => number {
  let next = first;
  return () => {
    const pause = next;
    next = Math.min(next * 1.5, longest);
    return pause;
  };
}
