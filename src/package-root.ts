import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Landfall's own folder, where `host/` and the other files lie that are not TypeScript. */
export function packageRoot(from = __dirname): string {
  if (existsSync(join(from, 'host', 'landfall-host'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the file host/landfall-host is missing from this installation');
  return packageRoot(parent);
}
