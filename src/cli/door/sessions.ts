import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPolicy } from '../../controller/door/policy';
import { CommandError } from '../exit-codes';

/** Each session is one or two processes of some 100 MB: a key in a loop must leave the controller usable. */
export const MOST_SESSIONS = 10;

/**
 * Lets a session of a key continue, when the key has no more of them than its limit.
 * @param proc where the kernel shows processes
 * @throws CommandError above the limit. Of sessions that begin at the same time, each may be refused
 */
export function checkSessions(name: string, { sessions = MOST_SESSIONS }: KeyPolicy, proc = '/proc'): void {
  if (openSessions(name, proc) <= sessions) return;
  throw new CommandError([
    `Refused: the key ${name} has ${sessions} sessions open already, which is its limit. Nothing was started.`,
    `Wait until they end. An administrator can change keys.${name}.sessions in policy.yaml, or lock the key out: landfall controller key remove.`,
  ]);
}

/** The processes of this user that are a door of the key, this one among them. They leave no file behind. */
function openSessions(name: string, proc: string): number {
  const own = process.getuid?.();
  return readdirSync(proc).filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(join(proc, pid, 'cmdline'), 'utf8')
        .split('\0')
        .slice(0, -1);
      // Another user may call a process anything.
      return statSync(join(proc, pid)).uid === own && words.at(-2) === 'door' && words.at(-1) === name;
    } catch {
      return false; // it ended meanwhile
    }
  }).length;
}
