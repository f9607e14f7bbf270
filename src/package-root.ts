import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Landfall's own folder, where `host/` and the other files lie that are not TypeScript. */
export function packageRoot(from = __dirname): string {
  if (existsSync(join(from, 'host', 'landfall_host'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the folder host/landfall_host is missing from this installation');
  return packageRoot(parent);
}
