import { failureOf } from '../deployment/failures';
import { engineErrorText, isEngineError } from '../temporal/engine-error';
import { ControllerUnreachable, EngineUnreachable } from '../temporal/unreachable';
import { ExpectedError } from '../text/expected-error';
import { linesOf } from '../text/safe-text';
import { CommandError, EXIT } from './exit-codes';

export { annotationsOfError } from './ci/annotations';

/** The lines that a person gets for an error: a message for every expected error, a stack for a defect. */
export function errorLines(error: unknown): string[] {
  const failure = failureOf(error);
  if (failure !== null) return [`${failure.type}: ${failure.message}`, failure.details.advice];
  if (isEngineError(error)) return [`The Temporal engine refused or was lost: ${engineErrorText(error)}`];
  if (error instanceof ExpectedError) return error.lines;
  return linesOf(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** The exit code of a command that ended with this error. */
export function exitCodeForError(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  // An engine that is lost later may already run the deploy. The command `deploy` tells the two apart itself.
  const isUnreachable = error instanceof EngineUnreachable || error instanceof ControllerUnreachable;
  return isUnreachable || isEngineError(error) ? EXIT.engineUnreachable : EXIT.usage;
}
