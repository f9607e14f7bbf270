/** A draft that parseConfig takes. Pure. */
import { type Config, ConfigError, parseConfig } from '../config';
import type { Draft } from '../deployment/draft/draft';
import { draftText } from '../deployment/draft/draft-text';

export interface Accepted {
  text: string;
  config: Config;
  /** Keys that were found in the project and that landfall.yaml does not take, with the reason. */
  leftOut: string[];
}

const MOST_ROUNDS = 5;

/**
 * Leaves out keys with a wrong value: they come from files that other tools read.
 * @throws ConfigError when the service, the repository or a host is wrong
 */
export function acceptedDraft(file: string, draft: Draft): Accepted {
  const leftOut: string[] = [];
  let { keys } = draft;
  for (let round = 0; ; round += 1) {
    const text = draftText({ ...draft, keys });
    try {
      return { text, config: parseConfig(file, text), leftOut };
    } catch (error) {
      if (!(error instanceof ConfigError) || round === MOST_ROUNDS) throw error;
      const wrong = error.problems.map(({ key }) => key);
      const kept = keys.filter(({ path }) => !wrong.some((key) => isAt(key, path.join('.'))));
      if (kept.length === keys.length) throw error;
      leftOut.push(...error.problems.map(({ key, message }) => `${key}: ${message}`));
      keys = kept;
    }
  }
}

/** Whether a problem is about a key, a part of its value, or a map that has the key. */
function isAt(problem: string, key: string): boolean {
  return (
    problem === key ||
    problem.startsWith(`${key}.`) ||
    problem.startsWith(`${key}[`) ||
    key.startsWith(`${problem}.`)
  );
}
