import { readFileSync } from 'node:fs';
import { fail } from '../../deployment/failures';
import { type Policy, parsePolicy } from './policy';

/** Without a policy, every run is allowed, as far as keys open hosts and repositories. */
const ALL: Policy = { services: null, keys: new Map() };

/**
 * The policy that a worker enforces. The file is read each time, so a change counts at once.
 * @param file null: there is none
 * @throws InvalidInput for a file that cannot be read or has a mistake: then no run is allowed
 */
export function readPolicy(file: string | null): Policy {
  if (file === null) return ALL;
  try {
    return parsePolicy(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail('InvalidInput', `The policy of the controller cannot be read: ${why.slice(0, 500)}`, {
      host: null,
      advice: `Correct ${file} on the controller; nothing is deployed until then.`,
    });
  }
}
