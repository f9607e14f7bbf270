import { output } from '../../output/output';

/** Where a person reads along. */
export interface ConsoleOutput {
  /** Each argument is one line. */
  say(...lines: string[]): void;
  /** Replaces the line that shows what goes on right now; on a plain log it is said rarely. */
  progress(line: string): void;
}

export function consoleOutput(): ConsoleOutput {
  return output;
}
