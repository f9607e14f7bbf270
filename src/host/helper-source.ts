import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

/**
 * Everything that `landfall-host` is made of, as it is sent to a host: one JSON object of module
 * names and sources. The same files always give the same bytes; their SHA-256 names this version.
 */
export function helperSource(): Buffer {
  const folder = join(packageRoot(), 'host', 'landfall_host');
  const modules = readdirSync(folder)
    .filter((file) => file.endsWith('.py'))
    .sort();
  return Buffer.from(
    JSON.stringify(
      Object.fromEntries(modules.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
    ),
  );
}
