/**
 * V8's compiled form of a bundle, kept in the user's cache for the next start: a third of the start was compiling.
 * A start without it only takes longer, so no fault here fails a command.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const DIGEST_BYTES = 32;

/**
 * The user's own folder for it. The account decides and not `HOME`: root with the `HOME` of another user would
 * run that user's code.
 * @returns null where accounts or modes say nothing about who may write
 */
export function compiledFolder(): string | null {
  if (process.getuid === undefined) return null;
  try {
    return join(userInfo().homedir, '.cache', 'landfall', 'compiled');
  } catch {
    // A container may run as a number without an account.
    return null;
  }
}

/** @param bundle names the content of the bundle. @returns undefined when there is none that can be trusted */
export function keptCompilation(folder: string, bundle: string): Buffer | undefined {
  try {
    if (!isPrivate(folder)) return undefined;
    const content = readFileSync(join(folder, nameOf(bundle)));
    const compiled = content.subarray(DIGEST_BYTES);
    // V8 itself does not see a torn file.
    return digestOf(compiled).equals(content.subarray(0, DIGEST_BYTES)) ? compiled : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it in place of that of an older bundle. Does nothing where others may write. Safe to run twice at once. */
export function keepCompilation(folder: string, bundle: string, compiled: Buffer): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivate(folder)) return;
    const partial = join(folder, `${process.pid}.new`);
    writeFileSync(partial, Buffer.concat([digestOf(compiled), compiled]), { mode: 0o600 });
    const older = readdirSync(folder).filter((name) => name.startsWith(ENGINE));
    for (const name of older) rmSync(join(folder, name), { force: true });
    renameSync(partial, join(folder, nameOf(bundle)));
  } catch {
    // A full disk or a read-only home: the next start compiles again.
  }
}

/** V8 takes only what the same V8 wrote. */
const ENGINE = `${process.versions.v8}-${process.arch}-`;

function nameOf(bundle: string): string {
  return `${ENGINE}${bundle}`;
}

function isPrivate(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

function digestOf(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
