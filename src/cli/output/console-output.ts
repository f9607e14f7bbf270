import { output } from '../../output/output';

/** Where a person reads along. */
export interface ConsoleOutput {
  /** Each argument is one line. */
  say(...lines: string[]): void;
  /** Replaces the line that shows the current work; a plain log gets it rarely. */
  progress(line: string): void;
}

export function consoleOutput(): ConsoleOutput {
  return output;
}
