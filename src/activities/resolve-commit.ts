import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../config/deploy-input';
import type { ProjectFacts } from '../deployment/project/facts';
import { readFacts } from '../deployment/project/read-facts';
import type { Dependencies } from './dependencies';
import { heartbeating, type Noted } from './step';

export interface ResolveCommitInput {
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
}

/**
 * Finds the commit once, so that every host gets the same. Read-only; safe to run twice.
 * @throws InvalidInput for an unknown ref; CommandFailed when the repository cannot be reached
 */
export function resolveCommit({ mirrors }: Dependencies) {
  return (input: ResolveCommitInput): Promise<ResolvedCommit> =>
    heartbeating(async () => {
      const resolving = mirrors.resolve(input.repository, input.ref);
      const commit = await Promise.race([resolving, Context.current().cancelled]);
      const { sha } = commit;
      const subject = commit.subject.slice(0, 120);
      const project = readFacts(input.settings);
      return { commit: sha, subject, project, note: `${sha.slice(0, 7)} ${subject}` };
    });
}
