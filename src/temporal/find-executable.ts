/**
 * Finds Temporal's official executable, which runs the embedded engine. The download is the SDK's own. The SDK looks
 * for no executable that is installed already.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ExpectedError } from '../text/expected-error';

/** The release of Temporal's command line that Landfall is tested with. */
export const temporalCliVersion = '1.5.1';

/** A healthy one answers `--version` in well under a second, also from a cold disk. */
const versionLimitMilliseconds = 15_000;

export interface FindTemporalOptions {
  /** The path of `--temporal`; has precedence over `LANDFALL_TEMPORAL`. */
  explicit?: string;
  env: NodeJS.ProcessEnv;
  /** Default: `landfall` in `XDG_CACHE_HOME` or `~/.cache`. */
  cacheDir?: string;
  /** Whether the official download may be the last resort; default true. */
  download?: boolean;
  /** Gets lines for a person: an executable that was skipped, a download to come. */
  progress: (line: string) => void;
}

export type FoundTemporal =
  | { path: string; from: 'setting' | 'path' | 'cache' }
  /** None is here: let the SDK download the one it was made for into this directory. */
  | { download: true; directory: string; tried: string[] };

/** No usable executable. The message lists every place that was tried and what to do. */
export class TemporalNotFound extends ExpectedError {
  override readonly name = 'TemporalNotFound';

  constructor(
    problem: string,
    readonly tried: string[],
  ) {
    super([
      problem,
      ...tried.map((place) => `  - ${place}`),
      "Install Temporal's command line (https://docs.temporal.io/cli) or set LANDFALL_TEMPORAL to its path.",
    ]);
  }
}

/** Where an executable of the tested release is kept between runs. */
export function cachedTemporal(env: NodeJS.ProcessEnv, cacheDir?: string): string {
  const cache = cacheDir ?? join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'landfall');
  return join(cache, 'temporal', temporalCliVersion, 'temporal');
}

/**
 * Looks at the setting, then PATH, then our cache. An executable counts when it answers `--version`. An
 * unusable setting is an error, and no other place is tried. Changes nothing.
 * @throws TemporalNotFound
 */
export async function findTemporal(options: FindTemporalOptions): Promise<FoundTemporal> {
  const setting = options.explicit
    ? { path: options.explicit, place: 'the path that was given' }
    : { path: options.env.LANDFALL_TEMPORAL, place: 'LANDFALL_TEMPORAL' };
  if (setting.path) {
    const fault = await faultOf(setting.path);
    if (fault === null) return { path: setting.path, from: 'setting' };
    throw new TemporalNotFound(`${setting.place} is not a usable Temporal executable:`, [
      `${setting.path}: ${fault}`,
    ]);
  }

  const tried: string[] = [];
  const directories = (options.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const directory of directories) {
    const path = join(directory, 'temporal');
    const fault = await faultOf(path);
    if (fault === null) return { path, from: 'path' };
    if (fault === notThere) continue;
    options.progress(`Skipped ${path}: ${fault}.`);
    tried.push(`${path}: ${fault}`);
  }
  tried.push(`temporal on PATH: ${tried.length > 0 ? 'no other' : notThere}`);

  const cached = cachedTemporal(options.env, options.cacheDir);
  const fault = await faultOf(cached);
  if (fault === null) return { path: cached, from: 'cache' };
  tried.push(`${cached}: ${fault}`);

  if (options.download === false) {
    throw new TemporalNotFound("Temporal's executable was not found:", [...tried, 'download: not allowed']);
  }
  const directory = join(cached, '..');
  options.progress(`Downloading Temporal's development server once, into ${directory}.`);
  return { download: true, directory, tried };
}

const notThere = 'not there';

/** null: it can be used. */
async function faultOf(path: string): Promise<string | null> {
  const file = await stat(path).catch(() => null);
  if (file === null) return notThere;
  if (!file.isFile()) return 'not a file';
  try {
    await access(path, constants.X_OK);
  } catch {
    return 'not executable';
  }
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: versionLimitMilliseconds }, (error, stdout) => {
      if (error?.killed) resolve(`no answer to --version within ${versionLimitMilliseconds / 1000} s`);
      else if (error) resolve(`--version failed (${error.code ?? error.signal})`);
      else resolve(stdout.startsWith('temporal version') ? null : '--version says that it is something else');
    });
  });
}
