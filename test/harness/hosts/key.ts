import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock';
import { cacheDirectory } from './paths';
import { runOrThrow } from './run';

/** The key that opens every test host: as a controller has one key for all its machines. Made once. */
export async function loginKey(): Promise<{ file: string; publicKey: string }> {
  mkdirSync(cacheDirectory, { recursive: true });
  const file = join(cacheDirectory, 'test-host-key');
  if (!existsSync(file)) {
    await withLock(join(cacheDirectory, 'test-host-key.lock'), async () => {
      if (existsSync(file)) return;
      const partial = `${file}.${process.pid}`;
      await runOrThrow('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-C',
        'landfall test hosts',
        '-f',
        partial,
      ]);
      renameSync(`${partial}.pub`, `${file}.pub`);
      renameSync(partial, file);
    });
  }
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8') };
}
