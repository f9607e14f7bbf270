import { type DeployStatus, isUnverified } from '../deployment/status';
import { ExpectedError } from '../text/expected-error';

/** The exit codes for CI; docs/commands.md explains them. */
export const EXIT = {
  deployed: 0,
  usage: 1,
  rejected: 2,
  rolledBack: 3,
  needsOperator: 4,
  cancelled: 5,
  engineUnreachable: 6,
} as const;

/** @param status null: the run was terminated, so the state of the hosts is unknown */
export function exitCodeOf(status: DeployStatus | null): number {
  if (status === null || status.outcome === null) return EXIT.needsOperator;
  // Also after an operator accepted it: the live release is not verified.
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
