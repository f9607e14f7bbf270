/** Files of the controller are for its own user alone: write access to them decides what is deployed. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import { ExpectedError } from '../text/expected-error';

/** A file or directory of the controller belongs to another user. */
export class NotPrivate extends ExpectedError {
  override readonly name = 'NotPrivate';
}

/**
 * Makes a directory of Landfall's own, or makes it private again: 0700. Safe to repeat.
 * @throws NotPrivate when it belongs to another user
 */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await makePrivate(path, 0o700);
}

/**
 * Gives a file or directory this mode. @returns false when there is none
 * @throws NotPrivate when it belongs to another user
 */
export async function makePrivate(path: string, mode: 0o600 | 0o700): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return false;
  const user = process.getuid?.();
  // Systems without numeric users separate files in other ways.
  if (user === undefined) return true;
  if (found.uid !== user) {
    throw new NotPrivate(
      `${path} belongs to user ${found.uid}, and Landfall runs as user ${user}. Run Landfall as its owner, or name another place: LANDFALL_STATE, or landfall dev --database.`,
    );
  }
  if ((found.mode & 0o777) !== mode) await chmod(path, mode);
  return true;
}
