import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import type { Examination } from '../activities/observe/examine-host';
import { fail } from '../deployment/failures';
import { diagnose, isClaimed, isLeft } from '../deployment/plan/repair-plan';
import { workflowIdOf } from '../deployment/workflow-id';
import { RESTART_LIMIT_MS } from '../host-agent/limits';
import { HostRun } from './host-run';
import { putLastGoodBack } from './last-good';
import type { Turns } from './semaphore';
import { firstContact, lasting, quick } from './steps';

/** A claim names a commit; where none is known, none is. */
const NO_COMMIT = '0'.repeat(40);

/** One host of a repair: what the person on call would do by hand, in that order. */
export class HostRepair extends HostRun {
  /** Only last good is known to be good. */
  protected override distrustsLive = true;

  /** What is well is left alone, without so much as a claim. Once something is changed, a cancel waits. */
  async mend(begins: () => void, turns: Turns): Promise<void> {
    const contact = { ...this.onHost, python: this.input.settings.python, policy: this.policy };
    await firstContact(`${this.name}: landfall-host`).installHelper(contact);
    const seen = await this.examine('examine');
    this.fact.state = 'untouched';
    const { well, would, beyond } = diagnose(seen);
    if (well) this.fact.state = 'well';
    if (would.length > 0) {
      const change = () => {
        // The look may have succeeded all the same, and nothing else has told of the cancel.
        if (CancellationScope.current().consideredCancelled)
          throw new CancelledFailure('cancelled before anything was changed');
        begins();
        return CancellationScope.nonCancellable(() => this.change(seen));
      };
      // Hosts that serve are not taken from their users all at once.
      await (seen.ready ? turns.take(change) : change());
    }
    if (beyond === null) return;
    const advice = 'Nothing that Landfall has could be put back: deploy a good commit.';
    throw fail('NotReady', `${this.name}: ${beyond}.`, { host: this.name, advice });
  }

  private async change(before: Examination): Promise<void> {
    const { by, takeOver } = this.input;
    const commit = before.lastGoodCommit ?? before.liveCommit ?? NO_COMMIT;
    this.fact.state = 'unknown';
    const claim = { ...this.onHost, commit, by: `${by}, by landfall doctor`, takeOver };
    this.fence = (await quick(`${this.name}: claim`).claimHost(claim)).fence;
    await quick(`${this.name}: mend leftovers`).repairHost(this.claimed);
    const seen = await this.examine('what is live now');
    // Only a claim of this repair was open there: no unfinished deploy has moved what was found in its place.
    if (!isClaimed(before) && before.waysBack?.live && before.live === seen.live)
      this.inspection = { ...seen, waysBack: { ...seen.waysBack, live: before.waysBack.live } };
    const back = seen.lastGood !== null || isLeft(before);
    const changed = back && (await putLastGoodBack(this));
    if (!back && !seen.running) await this.endWhatIsLeft(seen);
    await quick(`${this.name}: close the claim`).closeClaim({ ...this.claimed, outcome: 'repaired' });
    this.fact.state = 'mended';
    this.fact.mended = changed
      ? `${this.target.release ?? 'the unit from before'} put back in service`
      : 'what an unfinished deploy had left was tidied up';
  }

  /** Nothing was ever good and nothing runs: then nothing listens either, and nothing boots. */
  private async endWhatIsLeft({ socketActive, boots }: Examination): Promise<void> {
    if (!socketActive && boots.release === null) return;
    await lasting(`${this.name}: stop what is left`, RESTART_LIMIT_MS).stopService(this.nextChange());
  }

  private async examine(question: string): Promise<Examination> {
    const { service, environment } = this.input;
    const asked = { ...this.looking, deployId: workflowIdOf(service, environment) };
    const seen = await firstContact(`${this.name}: ${question}`).examineHost(asked);
    this.inspection = seen;
    this.fact.live = seen.live;
    const { lastGood: release, lastGoodCommit: commit = null } = seen;
    this.fact.lastGood = release === null ? null : { release, commit };
    return seen;
  }
}
