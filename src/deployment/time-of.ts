/** For people: `2026-03-01 03:12:45 UTC`. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The same of a host's own text, which stays as it is when it is not a time. */
export function timeInWords(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : timeOf(ms);
}
