import type { CiLog } from './ci-log';
import { GitHubLog } from './github-log';
import { GitLabLog } from './gitlab-log';

export const FORMATS = ['plain', 'github', 'gitlab'] as const;
/** Of a log: for a person, for GitHub Actions, for GitLab CI. */
export type Format = (typeof FORMATS)[number];

/** The format for whoever reads this process's output. `LANDFALL_OUTPUT` overrides what the CI says of itself. */
export function formatOf(env: NodeJS.ProcessEnv): Format {
  const wanted = FORMATS.find((format) => format === env.LANDFALL_OUTPUT);
  if (wanted !== undefined) return wanted;
  if (env.GITHUB_ACTIONS === 'true') return 'github';
  return env.GITLAB_CI === 'true' ? 'gitlab' : 'plain';
}

/** null: an ordinary log. */
export function ciLogOf(format: Format, process: NodeJS.Process): CiLog | null {
  if (format === 'github') return GitHubLog.of(process);
  return format === 'gitlab' ? new GitLabLog() : null;
}
