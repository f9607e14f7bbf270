/** Activities that only watch a host, and may do so for hours. */
export const WATCHING = ['awaitHost', 'awaitReady', 'soak'] as const;

/** Where workers take them from: with slots of their own they never keep another deploy waiting. */
export function watchQueueOf(taskQueue: string): string {
  return `${taskQueue}-watch`;
}
