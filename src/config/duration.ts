/** `500ms`, `30s`, `5m`, `2h`: how every duration in `landfall.yaml` is written. */
export const DURATION_PATTERN = /^\d{1,9}(ms|s|m|h)$/;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Longer than a day is a mistyped unit; nothing in a deploy should be waited for that long. */
export const LONGEST_DURATION_MS = 24 * MILLISECONDS.h;

/**
 * Whole milliseconds of a duration such as `500ms`, because a number of seconds may have no exact
 * float (0.57 * 1000 is 569.9999…). null: it is not a duration, is zero, or is longer than 24 hours.
 */
export function millisecondsOf(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const unit = match?.[2];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') return null;
  const milliseconds = Number(match?.[1]) * MILLISECONDS[unit];
  return milliseconds > 0 && milliseconds <= LONGEST_DURATION_MS ? milliseconds : null;
}

/** `0.7 s`, `90 s`: a limit in milliseconds, exactly and in words. */
export function inSeconds(milliseconds: number): string {
  return `${milliseconds / 1_000} s`;
}
