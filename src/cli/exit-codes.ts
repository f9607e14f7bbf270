import { type DeployStatus, isUnverified } from '../deployment/status';
import { ExpectedError } from '../text/expected-error';

/** What CI is told; also in the README. */
export const EXIT = {
  deployed: 0,
  usage: 1,
  rejected: 2,
  rolledBack: 3,
  needsOperator: 4,
  cancelled: 5,
  engineUnreachable: 6,
} as const;

/** @param status null: the run ended without a word (terminated), so nobody knows how the hosts stand */
export function exitCodeOf(status: DeployStatus | null): number {
  if (status === null || status.outcome === null) return EXIT.needsOperator;
  // Also after a person accepted it: what is live there, nobody has verified.
  if (isUnverified(status)) return EXIT.needsOperator;
  if (['needs-operator', 'accepted', 'superseded'].includes(status.outcome)) return EXIT.needsOperator;
  if (status.outcome === 'deployed' || status.outcome === 'repaired') return EXIT.deployed;
  if (status.cancelled) return EXIT.cancelled;
  if (status.outcome === 'not-repaired') return EXIT.needsOperator;
  return status.outcome === 'rejected' ? EXIT.rejected : EXIT.rolledBack;
}

/** Ends the command with a message for people, one line or several, and an exit code. */
export class CommandError extends ExpectedError {
  override readonly name = 'CommandError';

  constructor(
    message: string | string[],
    readonly exitCode: number = EXIT.usage,
  ) {
    super(message);
  }
}
