import { poll } from '../../src/timing/poll';

/** Rare enough that looking takes little time from what is waited for. */
const PAUSE_MS = 20;
/** Longer than any condition takes on a busy machine. Then the test fails and names the condition. */
const LIMIT_MS = 120_000;

/** Waits for a condition. @throws Error after two minutes */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const look = async () => (await condition()) || null;
  if ((await poll(look, { pause: PAUSE_MS, limit: LIMIT_MS })) === null)
    throw new Error(`Not true within ${LIMIT_MS / 1000} s: ${condition}`);
}
