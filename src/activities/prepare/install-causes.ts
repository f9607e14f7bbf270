/** Why an installation failed, from what the installer printed. Pure. */
import type { Packaging } from '../../config/resolved';
import { lastLine } from '../run-job';

/** Where it failed, for the sentences. */
export interface InstallContext {
  service: string;
  host: string;
  /** The interpreter by its path. */
  python: string;
  packaging: Packaging;
}

export interface InstallCause {
  message: string;
  /** The next step for a person. */
  advice: string;
}

/** The first cause of which the output has a sign; null: none is known. */
export function causeOf(_output: string, _context: InstallContext): InstallCause | null {
  return null;
}

/** The line that says why: pip begins it with ERROR, uv with error and then cause; other lines may follow. */
export function complaint(output: string): string {
  const why = output.split('\n').filter((line) => /^\s*(error|cause):/i.test(line));
  return lastLine(why.length > 0 ? why.join('\n') : output);
}
