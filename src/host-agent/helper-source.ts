import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

/**
 * The source of `landfall-host` as it is sent to a host: one JSON object of file names and contents, with the gate's
 * under `gate/`. The same files always give the same bytes; their SHA-256 names this version.
 */
export function helperSource(): Buffer {
  const files = [
    ['contract.json', readFileSync(join(packageRoot(), 'host', 'contract.json'), 'utf8')],
    ...sourcesIn('landfall_host', ''),
    ...sourcesIn('landfall_gate', 'gate/'),
  ];
  return Buffer.from(JSON.stringify(Object.fromEntries(files)));
}

function sourcesIn(packageName: string, prefix: string): [string, string][] {
  const folder = join(packageRoot(), 'host', packageName);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.py'))
    .sort()
    .map((file) => [`${prefix}${file}`, readFileSync(join(folder, file), 'utf8')]);
}
