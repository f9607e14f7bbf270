import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CommandError } from '../exit-codes';

/**
 * The entries of this machine's known_hosts for some hosts. The controller trusts the same keys.
 * @param names as they stand in known_hosts: `web1.example.com`, `[web1]:2222`
 */
export async function knownHostLines(names: string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const file = env.LANDFALL_KNOWN_HOSTS === undefined ? [] : ['-f', env.LANDFALL_KNOWN_HOSTS];
  const found = await Promise.all(names.map((name) => keygen(['-F', name, ...file])));
  return linesIn(found.join('\n'));
}

/** The entries of a known_hosts file. @throws CommandError for a file that cannot be read */
export function linesOfFile(file: string): string[] {
  try {
    return linesIn(readFileSync(file, 'utf8'));
  } catch {
    throw new CommandError(`The file ${file} of --known-hosts cannot be read.`);
  }
}

function linesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}

/** @returns nothing without ssh-keygen, and for a host that is not known */
function keygen(args: string[]): Promise<string> {
  return new Promise((resolve) => execFile('ssh-keygen', args, (_error, stdout) => resolve(stdout)));
}
