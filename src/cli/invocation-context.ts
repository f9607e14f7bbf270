import { execFileSync } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';

/**
 * Who asks, for people to read: the CI's actor, or the user at this machine. The door of a controller knows the name of
 * the key.
 */
export function requesterOf(env: NodeJS.ProcessEnv): string {
  if (env.LANDFALL_BY) return env.LANDFALL_BY;
  const actor = env.GITHUB_ACTOR ?? env.GITLAB_USER_LOGIN;
  if (actor !== undefined)
    return `${actor} (${env.GITHUB_ACTOR === undefined ? 'GitLab CI' : 'GitHub Actions'})`;
  return `${userInfo().username}@${hostname()}`;
}

/** The CI run that asks; its re-runs have the same one. null: not in a known CI. */
export function ciRunOf(env: NodeJS.ProcessEnv): string | null {
  if (env.LANDFALL_CI_RUN) return env.LANDFALL_CI_RUN;
  if (env.GITHUB_RUN_ID !== undefined) return `github/${env.GITHUB_REPOSITORY ?? ''}/${env.GITHUB_RUN_ID}`;
  if (env.CI_PIPELINE_ID !== undefined) return `gitlab/${env.CI_PROJECT_PATH ?? ''}/${env.CI_PIPELINE_ID}`;
  return null;
}

/**
 * The ref to deploy. A name is resolved by the controller, which asks the repository itself;
 * only `HEAD` means this checkout, so it becomes a full SHA here.
 */
export function refToDeploy(
  ref: string | undefined,
  configFile: string,
  env: NodeJS.ProcessEnv,
): string | null {
  const wanted = ref ?? env.GITHUB_SHA ?? env.CI_COMMIT_SHA ?? 'HEAD';
  if (wanted !== 'HEAD') return wanted;
  try {
    const args = ['-C', dirname(configFile), 'rev-parse', '--verify', 'HEAD'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Ctrl-C ends the following of a run, and leaves the run alone. */
export function interruption(): AbortSignal {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  return interrupt.signal;
}
