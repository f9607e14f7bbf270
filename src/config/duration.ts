/** `500ms`, `30s`, `5m`, `2h`: how every duration in `landfall.yaml` is written. */
export const DURATION_PATTERN = /^\d{1,9}(ms|s|m|h)$/;

/** Longer than a day is a mistyped unit; nothing in a deploy should be waited for that long. */
const LONGEST_SECONDS = 24 * 60 * 60;

const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** Seconds of a duration such as `500ms`; null when it is not one, is zero, or is longer than 24 hours. */
export function secondsOf(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const unit = match?.[2];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') return null;
  const seconds = Number(match?.[1]) * SECONDS[unit];
  return seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : null;
}
