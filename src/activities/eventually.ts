import { Context } from '@temporalio/activity';
import { growing, poll } from '../timing/poll';

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 400;

/**
 * Asks until there is an answer: often at first, then more rarely.
 * @returns the first answer that is not null; null when the time is over
 * @throws the error of a question; CancelledFailure when the step is cancelled
 */
export function eventually<T>(limitMs: number, question: () => Promise<T | null>): Promise<T | null> {
  return poll(question, {
    pause: growing(FIRST_PAUSE, LONGEST_PAUSE),
    limit: limitMs,
    signal: Context.current().cancellationSignal,
  });
}
