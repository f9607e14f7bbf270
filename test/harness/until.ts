import { setTimeout as delay } from 'node:timers/promises';

/** Rare enough that looking takes little time from what is waited for. */
const PAUSE_MS = 20;
/** Longer than any condition takes on a busy machine. Then the test fails and names the condition. */
const LIMIT_MS = 120_000;

/** Waits for a condition. @throws Error after two minutes */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not true within ${LIMIT_MS / 1000} s: ${condition}`);
    await delay(PAUSE_MS);
  }
}
