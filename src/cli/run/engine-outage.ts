import { CommandError } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';

/** An engine that restarts answers before this. Afterwards the client leaves, and the run continues without it. */
const OUTAGE_LIMIT_MS = 5 * 60_000;

/** Counts for how long the engine has not answered, and prints that. */
export class EngineOutage {
  private lostSince: number | null = null;

  /** @param leaves the last sentence and the exit code of the command that leaves */
  constructor(
    private readonly out: ConsoleOutput,
    private readonly leaves: { saying: string; exitCode: number },
  ) {}

  answered(): void {
    this.lostSince = null;
  }

  /** @throws CommandError when the engine has not answered for too long */
  noAnswer(error: unknown): void {
    this.lostSince ??= performance.now();
    if (performance.now() - this.lostSince > OUTAGE_LIMIT_MS) {
      const { saying, exitCode } = this.leaves;
      const minutes = OUTAGE_LIMIT_MS / 60_000;
      throw new CommandError(
        `The engine has not answered for ${minutes} minutes (${String(error)}). ${saying}`,
        exitCode,
      );
    }
    this.out.progress(
      `  … the engine does not answer (${String(error).slice(0, 80)}); the deploy continues, trying again`,
    );
  }
}
