import { CommandError } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';

/** The engine may be restarted meanwhile; beyond this the client leaves, and what runs goes on without it. */
const PATIENCE_MS = 5 * 60_000;

/** Waits out an engine that does not answer, and says so. */
export class EngineOutage {
  private lostSince: number | null = null;

  /** @param leaves what is said, with which exit code, when it is over */
  constructor(
    private readonly out: ConsoleOutput,
    private readonly leaves: { saying: string; exitCode: number },
  ) {}

  answered(): void {
    this.lostSince = null;
  }

  /** @throws CommandError when it has not answered for too long */
  async pass(error: unknown): Promise<void> {
    this.lostSince ??= performance.now();
    if (performance.now() - this.lostSince > PATIENCE_MS) {
      const { saying, exitCode } = this.leaves;
      const minutes = PATIENCE_MS / 60_000;
      throw new CommandError(
        `The engine has not answered for ${minutes} minutes (${String(error)}). ${saying}`,
        exitCode,
      );
    }
    this.out.progress(
      `  … the engine does not answer (${String(error).slice(0, 80)}); the deploy goes on, trying again`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
