import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

/**
 * The source of `landfall-host` as it is sent to a host: one JSON object of file names and contents, with the gate's
 * under `gate/`. The same files always give the same bytes.
 */
export function helperSource(): Buffer {
  const files = [
    ...['contract.json', 'deploy.sh'].map((file) => [file, read(join(packageRoot(), 'host', file))]),
    ...sourcesIn('landfall_host', ''),
    ...sourcesIn('landfall_gate', 'gate/'),
  ];
  return Buffer.from(JSON.stringify(Object.fromEntries(files)));
}

/** The name of the version with this source: what a host says that its helper is. */
export function digestOf(source: Buffer): string {
  return createHash('sha256').update(source).digest('hex');
}

function sourcesIn(packageName: string, prefix: string): [string, string][] {
  const folder = join(packageRoot(), 'host', packageName);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.py'))
    .sort()
    .map((file) => [`${prefix}${file}`, read(join(folder, file))]);
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
