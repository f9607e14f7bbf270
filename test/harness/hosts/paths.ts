/** Where the harness keeps things on this machine. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Survives reboots: the base tree, which takes a minute to build, and the key to log in with. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'landfall');

/** One directory for each running host, named by its address. */
export const stateDirectory = '/run/landfall-hosts';
