import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../config';
import { trustedNames } from '../../controller/install/trusted-names';
import { CommandError } from '../exit-codes';

export interface TrustOptions {
  /** A known_hosts file, all of which the controller trusts. */
  knownHosts?: string;
  config: string;
}

export interface Trust {
  /** Lines of known_hosts. */
  lines: string[];
  /** Machines of landfall.yaml of which this machine has no host key. */
  unknown: string[];
}

/**
 * The host keys that a controller needs: those of a named file, and those of the machines in landfall.yaml. This
 * machine's known_hosts has the latter.
 * @throws CommandError for a file that cannot be read; ConfigError
 */
export async function trustFor({ knownHosts, config }: TrustOptions, env: NodeJS.ProcessEnv): Promise<Trust> {
  const named = knownHosts === undefined ? [] : linesOfFile(knownHosts);
  const names = existsSync(config) ? trustedNames(loadConfig(resolve(config))) : [];
  const found = await Promise.all(names.map((name) => knownKeys(name, env)));
  return {
    lines: [...new Set([...named, ...found.flat()])],
    unknown: names.filter(
      (name, index) =>
        found[index]?.length === 0 && !named.some((line) => line.split(/[\s,]/).includes(name)),
    ),
  };
}

function linesOfFile(file: string): string[] {
  try {
    return linesIn(readFileSync(file, 'utf8'));
  } catch {
    throw new CommandError(`The file ${file} of --known-hosts cannot be read.`);
  }
}

function linesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** As OpenSSH reads the file. @returns nothing without ssh-keygen, and for a host that is not known */
function knownKeys(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const file = env.LANDFALL_KNOWN_HOSTS === undefined ? [] : ['-f', env.LANDFALL_KNOWN_HOSTS];
  return new Promise((resolve) =>
    execFile('ssh-keygen', ['-F', name, ...file], (_error, stdout) => resolve(linesIn(stdout))),
  );
}
