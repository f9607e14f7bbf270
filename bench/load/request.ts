/** The notes of the load generator, and how many requests of each kind it sends. */

/**
 * `fresh`: a new connection for each request. `kept`: connections that are kept alive and used again.
 * `slow`: the service needs a second for each request, so as many are in flight as are sent in a second.
 */
export type Kind = 'fresh' | 'kept' | 'slow';

export const KINDS: readonly Kind[] = ['fresh', 'kept', 'slow'];

/** Requests a second. */
export type Rates = Record<Kind, number>;

/** One request. Times are milliseconds since 1970, with fractions. */
export interface Answered {
  kind: Kind;
  /** When it was to be sent: what its latency is measured from. */
  due: number;
  sent: number;
  ended: number;
  /** Whether it was a 2xx within the limit. */
  ok: boolean;
  /** The status, or the system's name of the error, or `timeout`. */
  outcome: string;
  /** The release that answered, as it calls itself; null: none did. */
  version: string | null;
}

export interface Window {
  from: number;
  to: number;
}

/** Milliseconds since 1970 on this machine's steady clock: the same in the bench and in the generator. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
