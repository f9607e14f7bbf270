import { Context } from '@temporalio/activity';
import { monotonic } from './step-time';

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 400;

/**
 * Asks until there is an answer: tightly at first, then backing off. Ends with the step when it
 * is cancelled.
 * @returns the first answer that is not null; null when the time is over
 */
export async function eventually<T>(limitMs: number, question: () => Promise<T | null>): Promise<T | null> {
  const deadline = monotonic() + limitMs;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const answer = await question();
    if (answer !== null) return answer;
    if (monotonic() + pause > deadline) return null;
    await Context.current().sleep(pause);
  }
}
