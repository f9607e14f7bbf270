/** Errors in Landfall's own code, told apart from what hosts, networks and people do to a step. */
import { AssertionError } from 'node:assert';
import { Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { ZodError } from 'zod';
import { fail } from '../deployment/failures';
import { oneLine } from '../text/safe-text';
import type { OnHost } from './step';

/** Made by a mistake in a program, whatever they carry. */
const MISTAKES = [
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
  EvalError,
  URIError,
  AssertionError,
  ZodError,
];

/** A step that was ended, or met its own time limit. */
const ENDINGS = ['AbortError', 'TimeoutError'];

/** Enough to find the place; the worker's log has the whole. */
const MOST_FRAMES = 8;

/**
 * A step that ends at once on a defect, because the same code would fail in the same way at every retry. All
 * other errors stay as they are.
 */
export function endingAtDefects<I extends Partial<OnHost>, R>(
  step: (input: I) => Promise<R>,
): (input: I) => Promise<R> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      if (!isDefect(error)) throw error;
      // The input is not checked yet.
      const host = input?.host?.name ?? null;
      const { log, info } = Context.current();
      log.error('A step failed by a defect of Landfall', { host, error });
      throw defectOf(error, info.activityType, host);
    }
  };
}

/** Whether only Landfall can have caused this error. Pure. */
export function isDefect(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error instanceof TemporalFailure || ENDINGS.includes(error.name)) return false;
  if (MISTAKES.some((type) => error instanceof type)) return true;
  // The system's and Node's own errors have a code, those of ssh2 a level.
  return !('code' in error && typeof error.code === 'string') && !('level' in error);
}

function defectOf(error: unknown, step: string, host: string | null): Error {
  const [name, words, frames] =
    error instanceof Error ? [error.name, error.message, framesOf(error)] : ['thrown', String(error), ''];
  return fail(
    'Unexpected',
    `The step ${step} failed by a defect of Landfall (${name}: ${oneLine(words).slice(0, 300)}).`,
    {
      host,
      advice:
        "Please report this, with what the worker's log says of it. The same step would fail in the same way again.",
      evidence: { output: frames },
    },
  );
}

/** Places in the code alone: an error's message may hold what it was about. */
function framesOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.slice(0, MOST_FRAMES).join('\n');
}
