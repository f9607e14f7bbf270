import { Context } from '@temporalio/activity';
import type { Dependencies } from './dependencies';
import { heartbeating, type Noted } from './step';

export interface ResolveCommitInput {
  repository: string;
  ref: string;
}

export interface ResolvedCommit extends Noted {
  /** The full SHA that this run deploys, whatever happens to the ref meanwhile. */
  commit: string;
  /** Its first line, cut. */
  subject: string;
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
      return { commit: sha, subject, note: `${sha.slice(0, 7)} ${subject}` };
    });
}
