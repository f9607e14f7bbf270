/** Durations and amounts of memory as `landfall.yaml` writes them. */

// ms and bytes would read more than is allowed here: `ms('1.5h')` and `ms('1 day')` are durations, and
// `bytes('512M')` is 512 bytes. With the patterns that keep them strict, only a multiplication is left.

/** Whole milliseconds, because a number of seconds may have no exact float: 0.57 * 1000 is 569.9999… */
export type Milliseconds = number & { readonly unit?: 'ms' };

export type Bytes = number & { readonly unit?: 'B' };

export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h)$/;
export const SIZE_PATTERN = /^(\d{1,7})([MG])$/;

/** `500ms`, `30s`, `5m`, `2h`. @returns NaN for everything else */
export function millisecondsOf(text: string): Milliseconds {
  return inUnits(text, DURATION_PATTERN, { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 });
}

/** `512M`, `2G`, in units of 1024 as systemd counts. @returns NaN for everything else */
export function bytesOf(text: string): Bytes {
  return inUnits(text, SIZE_PATTERN, { M: 2 ** 20, G: 2 ** 30 });
}

function inUnits(text: string, pattern: RegExp, units: Record<string, number>): number {
  const [, count, unit = ''] = pattern.exec(text) ?? [];
  return Number(count) * (units[unit] ?? Number.NaN);
}

/** `0.7 s`, `90 s`: a limit in milliseconds, exactly and in words. */
export function inSeconds(milliseconds: Milliseconds): string {
  return `${milliseconds / 1_000} s`;
}

/** `6 h`, `5 min`, `90 s`: a limit in milliseconds, in the largest unit that has no fraction. */
export function inLargestUnit(milliseconds: Milliseconds): string {
  const whole = (unit: number) => milliseconds >= unit && milliseconds % unit === 0;
  if (whole(3_600_000)) return `${milliseconds / 3_600_000} h`;
  return whole(60_000) ? `${milliseconds / 60_000} min` : inSeconds(milliseconds);
}
