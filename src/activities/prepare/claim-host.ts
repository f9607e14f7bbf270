import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost, runOfStep } from '../step';

export interface ClaimHostInput extends OnHost {
  commit: string;
  by: string;
  /** Also take it from another engine's unfinished deploy. */
  takeOver: boolean;
}

export interface ClaimedHost extends Noted {
  /** Fencing token: every change of this run carries it, and the host refuses a lower one. */
  fence: number;
  /** Whether an earlier run had left its claim open: its deploy was abandoned, and what stands there is unknown. */
  tookOver: boolean;
}

/**
 * Makes the host accept changes from this run and from no other. Safe to run twice: the same
 * run gets the same fence.
 * @throws Fenced when a deploy of another engine, or to another environment, is unfinished there
 */
export function claimHost(dependencies: Dependencies) {
  return (input: ClaimHostInput): Promise<ClaimedHost> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const { commit, by, takeOver } = input;
      const { workflowId, runId: run } = runOfStep();
      // The engine excludes a second run of this id, so an earlier claim of it is over; of no other.
      const engine = `${dependencies.engine}/${workflowId}`;
      const { fence, tookOver, stoppedJobs } = await call('claim', { run, engine, commit, by, takeOver });
      const earlier =
        tookOver === null
          ? ''
          : `, after an unfinished deploy of ${tookOver.commit.slice(0, 7)} by ${tookOver.by}`;
      const stopped = stoppedJobs.length === 0 ? '' : `; stopped ${stoppedJobs.join(', ')}`;
      return { fence, tookOver: tookOver !== null, note: `fence ${fence}${earlier}${stopped}` };
    });
}
