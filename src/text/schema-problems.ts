import type { z } from 'zod';

const MOST_NAMED = 5;

/**
 * The fields that do not fit, in one line: `settings.batch: a whole number from 1 to 1000`. The line holds
 * neither a value nor a name that the sender has chosen.
 */
export function schemaProblems({ issues }: z.ZodError): string {
  const words = issues.slice(0, MOST_NAMED).map(({ path, message }) => `${placeOf(path)}: ${message}`);
  const more = issues.length - words.length;
  return `${words.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function placeOf(path: PropertyKey[]): string {
  const steps = path.map(String).map((step) => (/^[A-Za-z0-9_-]{1,40}$/.test(step) ? step : '*'));
  return steps.join('.') || 'the whole';
}
