import { type Answered, KINDS, type Kind, type Window } from './request';

export interface KindReport {
  requests: number;
  failed: number;
  /** Of the successful ones, in milliseconds; null: there was none. */
  worstMs: number | null;
}

export interface LoadReport {
  requests: number;
  failed: number;
  kinds: Record<Kind, KindReport>;
  /** How often each outcome was met among those that failed: `ECONNREFUSED`, `500` … */
  failures: Record<string, number>;
  /** How many requests each release answered, well or badly. */
  versions: Record<string, number>;
  /** The slowest successful answer to a request that should be quick, and the median of all. */
  worstMs: number | null;
  medianMs: number | null;
  /** The longest time in which no such request was answered successfully. */
  outageMs: number;
  /** How late the generator itself was at most: part of the latencies above that is not the service's. */
  worstLagMs: number;
}

/**
 * The figures of a window. A request belongs to the window in which it was due. A successful answer
 * counts for the outage of the window in which it came.
 * @param answered also those from just before the window: the outage may have begun there
 */
export function reportOn(answered: readonly Answered[], window: Window): LoadReport {
  const inWindow = answered.filter(({ due }) => due >= window.from && due < window.to);
  const failed = inWindow.filter(({ ok }) => !ok);
  const quick = inWindow.filter(({ kind, ok }) => kind !== 'slow' && ok).map(latency);
  return {
    requests: inWindow.length,
    failed: failed.length,
    kinds: Object.fromEntries(
      KINDS.map((kind) => [kind, ofKind(inWindow.filter((one) => one.kind === kind))]),
    ) as Record<Kind, KindReport>,
    failures: counted(failed.map(({ outcome }) => outcome)),
    versions: counted(inWindow.flatMap(({ version }) => version ?? [])),
    worstMs: highest(quick),
    medianMs: quick.sort((a, b) => a - b)[Math.floor(quick.length / 2)] ?? null,
    outageMs: longestOutage(answered, window),
    worstLagMs: highest(inWindow.map(({ due, sent }) => sent - due)) ?? 0,
  };
}

function ofKind(requests: Answered[]): KindReport {
  const good = requests.filter(({ ok }) => ok);
  return {
    requests: requests.length,
    failed: requests.length - good.length,
    worstMs: highest(good.map(latency)),
  };
}

function longestOutage(answered: readonly Answered[], { from, to }: Window): number {
  const good = answered
    .filter(({ kind, ok, ended }) => kind !== 'slow' && ok && ended < to)
    .map(({ ended }) => ended)
    .sort((a, b) => a - b);
  const before = good.filter((at) => at < from).at(-1) ?? from;
  const moments = [before, ...good.filter((at) => at >= from), to];
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  return highest(gaps) ?? 0;
}

function latency({ due, ended }: Answered): number {
  return ended - due;
}

function counted(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Not by spreading into Math.max: there may be more numbers than arguments allowed. */
function highest(numbers: number[]): number | null {
  return numbers.reduce<number | null>((top, number) => (top === null || number > top ? number : top), null);
}
