/** Where the harness keeps things on this machine. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Survives reboots: the base tree, which takes a minute to build, and the key to log in with. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'landfall');

/** One directory for each running host, named by its address. */
export const stateDirectory = '/run/landfall-hosts';

/** The repository: what is not TypeScript is read from there, by code that was compiled elsewhere too. */
export function repositoryRoot(): string {
  for (const start of [__dirname, process.cwd()]) {
    for (let directory = start; ; directory = dirname(directory)) {
      if (existsSync(join(directory, 'package.json'))) return directory;
      if (directory === dirname(directory)) break;
    }
  }
  throw new Error('Run this in the repository: no package.json was found.');
}
