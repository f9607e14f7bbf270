import { ExpectedError } from '../text/expected-error';

/** Steps into the file: `['environments', 'production', 'hosts', 0]`. */
export type Path = (string | number)[];

/** A mistake in `landfall.yaml` or on the command line. */
export interface Problem {
  file: string;
  /** 1-based; null when the problem is not at a place in the file. */
  line: number | null;
  column: number | null;
  /** Full path of the key, e.g. `environments.production.hosts[0].port`; empty for the whole file. */
  key: string;
  /** The value found and the values allowed, without any value that looks like a secret. */
  message: string;
}

/** A problem whose line is not looked up yet. */
export interface Finding {
  path: Path;
  message: string;
  /** The key itself is the problem, not its value. */
  atKey?: boolean;
}

/** Sorts problems as they stand in the file. */
export function inFileOrder(one: Problem, other: Problem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

/** The configuration cannot be used. The error has every problem, and nothing was started. */
export class ConfigError extends ExpectedError {
  override readonly name = 'ConfigError';

  constructor(readonly problems: Problem[]) {
    super(problems.map(problemLine));
  }
}

/** `landfall.yaml:4:3: gunicorn.wrokers: unknown key; did you mean workers?` */
function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== null).join(':');
  return [place, problem.key, problem.message].filter((part) => part !== '').join(': ');
}
