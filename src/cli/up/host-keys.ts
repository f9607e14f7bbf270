/** Logs in to a host whose key is verified: known, given by its fingerprint, or accepted by a person. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HostTarget } from '../../config/deploy-input';
import { failureOf } from '../../deployment/failures';
import { output } from '../../output/output';
import type { Connection } from '../../ssh/connection';
import type { HostConnections } from '../../ssh/connections';
import type { ShownHostKey } from '../../ssh/host-key';
import { CommandError } from '../exit-codes';

export interface Trust {
  /** Fingerprints of `--host-key`. */
  given: string[];
  /** null: no person can answer. */
  ask: ((question: string) => Promise<string>) | null;
}

/**
 * @throws CommandError for an unknown key that no person has accepted; the failure of the connection, such as
 *   HostKeyMismatch for a key that has changed
 */
export async function logIn(
  connections: HostConnections,
  administrator: HostTarget,
  trust: Trust,
): Promise<Connection> {
  try {
    return await connections.to(administrator);
  } catch (error) {
    const failure = failureOf(error);
    if (failure?.type !== 'HostKeyMismatch') throw error;
    const shown = await connections.hostKeyOf(administrator);
    if (shown.verdict !== 'unknown' || shown.file === '') throw error;
    if (!(await isTrusted(failure.message, shown, trust))) throw refused(failure.message, shown);
    remember(shown);
    return connections.to(administrator);
  }
}

/** @param why with the fault of a certificate, where one was shown */
async function isTrusted(why: string, shown: ShownHostKey, { given, ask }: Trust): Promise<boolean> {
  if (given.includes(shown.fingerprint)) return true;
  if (ask === null || given.length > 0) return false;
  output.say(
    why,
    `  ${shown.type} ${shown.fingerprint}`,
    'Compare it with the key of the host itself: the page of your provider, or on its console',
    '  for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done',
  );
  return /^y(es)?$/i.test((await ask(`Is it the same? Then it is added to ${shown.file}. [y/N]`)).trim());
}

function refused(why: string, { type, fingerprint, file, line }: ShownHostKey): CommandError {
  return new CommandError([
    `${why} Landfall does not log in, and nothing was changed. The machine shows:`,
    `  ${type} ${fingerprint}`,
    `Compare it with the key of the host itself. If it is the same, add: --host-key ${fingerprint}`,
    `Or add this line to ${file}:`,
    `  ${line}`,
  ]);
}

function remember({ file, line }: ShownHostKey): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const isOpenEnded = existsSync(file) && /[^\n]$/.test(readFileSync(file, 'utf8'));
  appendFileSync(file, `${isOpenEnded ? '\n' : ''}${line}\n`, { mode: 0o600 });
  output.say(`  ✓ added to ${file}`);
}
