import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../deployment/failures';

const KEY_BYTES = 32;
/** A wrong file, such as a disk image, is not read whole. */
const MOST_BYTES = 4096;

/** Where the key is when `LANDFALL_SIGNING_KEY` names no other file. */
export function signingKeyFile(stateDirectory: string): string {
  return join(stateDirectory, 'signing-key');
}

/**
 * The key with which this controller signs the kept settings on hosts. Never leaves the controller.
 * @param named an existing file that several workers share; null: this controller's own, made once
 * @throws InvalidInput for a file that is missing, too short, or readable for others
 */
export function loadSigningKey(named: string | null, stateDirectory: string): Buffer {
  const file = named ?? signingKeyFile(stateDirectory);
  if (named === null) makeOnce(file);
  const key = read(file);
  if (key.length < KEY_BYTES || key.length > MOST_BYTES) {
    throw refused(
      `${file} is not a signing key: it has ${key.length} bytes, not ${KEY_BYTES}`,
      makeAnother(file),
    );
  }
  return key;
}

/** Writes the key completely or not at all, also when two workers begin at once. */
function makeOnce(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${randomUUID()}.new`;
  const descriptor = openSync(partial, 'wx', 0o600);
  try {
    writeSync(descriptor, randomBytes(KEY_BYTES));
    fsyncSync(descriptor);
    linkSync(partial, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    closeSync(descriptor);
    rmSync(partial);
  }
}

function read(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw refused(`The signing key ${file} cannot be read (${codeOf(error)})`, makeAnother(file));
  }
  try {
    const { mode, uid, size } = fstatSync(descriptor);
    // As ssh judges a private key: another owner's file is too open only if every user may read it.
    const mayNot = uid === process.getuid?.() ? 0o077 : 0o007;
    if ((mode & mayNot) !== 0) {
      throw refused(
        `Users other than its owner can read or write the signing key ${file}`,
        `Run: chmod 600 ${file}`,
      );
    }
    return size > MOST_BYTES ? Buffer.alloc(MOST_BYTES + 1) : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function refused(what: string, advice: string): Error {
  return fail('InvalidInput', `${what}.`, { host: null, advice });
}

function makeAnother(file: string): string {
  return `Make one, the same for all workers: (umask 077; head -c ${KEY_BYTES} /dev/urandom > ${file})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
