/** `512M`, `2G`: how every amount of memory in `landfall.yaml` is written. */
export const SIZE_PATTERN = /^\d{1,7}[MG]$/;

const MEBIBYTE = 1024 * 1024;
const BYTES = { M: MEBIBYTE, G: 1024 * MEBIBYTE } as const;

/** With less not even an interpreter and its modules start: it is a mistyped unit. */
const LEAST = 64 * BYTES.M;
const MOST = 4096 * BYTES.G;

/** Bytes of a size such as `512M`, in units of 1024 as systemd counts; null when it is not one or out of reason. */
export function bytesOf(text: string): number | null {
  const match = /^(\d{1,7})([MG])$/.exec(text);
  const unit = match?.[2];
  if (unit !== 'M' && unit !== 'G') return null;
  const bytes = Number(match?.[1]) * BYTES[unit];
  return bytes >= LEAST && bytes <= MOST ? bytes : null;
}
