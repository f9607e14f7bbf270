import { Context } from '@temporalio/activity';
import type { Dependencies } from './dependencies';
import { hostOf, type Noted, type OnHost } from './step';

export interface ClaimHostInput extends OnHost {
  commit: string;
  by: string;
  /** Also take it from another engine's unfinished deploy. */
  takeOver: boolean;
}

export interface ClaimedHost extends Noted {
  /** Fencing token: every change of this run carries it, and the host refuses a lower one. */
  fence: number;
}

/**
 * Makes the host accept changes from this run and from no other. Safe to run twice: the same
 * run gets the same fence.
 * @throws Fenced when another engine's deploy is unfinished there
 */
export function claimHost(dependencies: Dependencies) {
  return async (input: ClaimHostInput): Promise<ClaimedHost> => {
    const call = hostOf(dependencies, input);
    const { commit, by, takeOver } = input;
    const run = Context.current().info.workflowExecution?.runId;
    if (run === undefined) throw new Error('a step runs only inside a workflow');
    const { engine } = dependencies;
    const { fence, tookOver, stoppedJobs } = await call('claim', { run, engine, commit, by, takeOver });
    const earlier =
      tookOver === null
        ? ''
        : `, after an unfinished deploy of ${tookOver.commit.slice(0, 7)} by ${tookOver.by}`;
    const stopped = stoppedJobs.length === 0 ? '' : `; stopped ${stoppedJobs.join(', ')}`;
    return { fence, note: `fence ${fence}${earlier}${stopped}` };
  };
}
