import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../config/deploy-input';
import type { CommitFiles } from '../deployment/project/commit-files';
import type { ProjectFacts } from '../deployment/project/facts';
import { readFacts } from '../deployment/project/read-facts';
import { servedBy } from '../deployment/project/served';
import { shippedWords } from '../deployment/project/with-facts';
import type { Mirrors } from '../git/mirrors';
import { checkCommit } from './allowed';
import type { Dependencies } from './dependencies';
import { heartbeating, type Noted } from './step';

export interface ResolveCommitInput {
  /** Whose branches and tags the policy of the controller counts. */
  service: string;
  repository: string;
  /** Folder of the service inside the repository; null: its root. */
  path: string | null;
  ref: string;
  settings: ServiceSettings;
}

export interface ResolvedCommit extends Noted {
  /** The full SHA that this run deploys, whatever happens to the ref meanwhile. */
  commit: string;
  /** Its first line, cut. */
  subject: string;
  project: ProjectFacts;
  /** With which server, as far as the commit says; for people. null: nothing says so. */
  served?: string | null;
}

/**
 * Finds the commit once, so that every host gets the same. Read-only; safe to run twice.
 * @throws InvalidInput for an unknown ref; CommandFailed when the repository cannot be reached
 */
export function resolveCommit(dependencies: Dependencies) {
  return (input: ResolveCommitInput): Promise<ResolvedCommit> =>
    heartbeating(async () => {
      const resolving = resolved(dependencies, input);
      return await Promise.race([resolving, Context.current().cancelled]);
    });
}

async function resolved(
  { mirrors, policy }: Dependencies,
  { service, repository, path, ref, settings }: ResolveCommitInput,
): Promise<ResolvedCommit> {
  const commit = await mirrors.resolve(repository, ref);
  const { sha } = commit;
  await checkCommit({ policy, mirrors }, { service, repository, commit: sha });
  const subject = commit.subject.slice(0, 120);
  const files = await filesOf(mirrors, repository, path, sha, settings);
  const project = readFacts(files, settings);
  return {
    commit: sha,
    subject,
    project,
    served: servedBy(files, project, settings),
    note: [`${sha.slice(0, 7)} ${subject}`, ...shippedWords(project)].join('; '),
    notices: project.notices,
  };
}

async function filesOf(
  mirrors: Mirrors,
  repository: string,
  path: string | null,
  sha: string,
  settings: ServiceSettings,
): Promise<CommitFiles> {
  // Named here: a commit without the folder is refused as such.
  if (path !== null) await mirrors.tree(repository, sha, path);
  return mirrors.project(repository, sha, path, settings.requirements ?? []);
}
