import type { Annotation } from '../../output/ci-log';
import { output } from '../../output/output';

/** Where a person reads along. */
export interface ConsoleOutput {
  /** Each argument is one line. */
  say(...lines: string[]): void;
  /** Replaces the line that shows the current work; a plain log gets it rarely. */
  progress(line: string): void;
}

/** Where a person reads how a run went, perhaps in the log of a CI. */
export interface RunOutput extends ConsoleOutput {
  /** Begins a part of the log; `heading` is the line where logs have no parts, null: none. */
  group(title: string, heading: string | null): void;
  endGroup(): void;
  annotate(annotation: Annotation): void;
}

export function consoleOutput(): RunOutput {
  return output;
}
