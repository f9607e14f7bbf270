import { poll } from '../../src/timing/poll';

/** At least this long; and twice as long as a look takes, so that looking leaves time for what is waited for. */
const PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** Longer than any condition takes on a busy machine. Then the test fails and names the condition. */
const LIMIT_MS = 120_000;

/** Waits for a condition. @throws Error after two minutes */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  let took = 0;
  const look = async () => {
    const began = performance.now();
    const holds = await condition();
    took = performance.now() - began;
    return holds || null;
  };
  const pause = () => Math.max(PAUSE_MS, Math.min(2 * took, LONGEST_PAUSE_MS));
  if ((await poll(look, { pause, limit: LIMIT_MS })) === null)
    throw new Error(`Not true within ${LIMIT_MS / 1000} s: ${condition}`);
}
