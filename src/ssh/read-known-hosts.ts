import { readFileSync } from 'node:fs';
import { fail } from '../deployment/failures';
import type { Login } from './config/login';
import { KnownHosts } from './known-hosts';

/**
 * The host keys that the controller trusts. Read at every connect, so that a correction needs no restart. A file
 * that does not exist has no keys.
 * @throws InvalidInput for a file that cannot be read
 */
export function readKnownHosts({ host, knownHosts }: Login): KnownHosts {
  return new KnownHosts(knownHosts.map((file) => ({ file, content: read(host, file) })));
}

function read(host: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return '';
    throw fail('InvalidInput', `The known hosts file ${file} cannot be read (${code}).`, {
      host,
      advice: 'Name a readable file in LANDFALL_KNOWN_HOSTS.',
    });
  }
}
