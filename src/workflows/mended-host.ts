import type { DeployInput, HostTarget } from '../config/deploy-input';
import { fail, failureOf } from '../deployment/failures';
import { HostRun } from './host-run';
import { doesNotServe, putLastGoodBack } from './last-good';
import { reasonOf } from './reason';
import { firstContact } from './steps';

/** A host on which a deploy mends what one that never ended has left, before it builds on it. */
export abstract class MendedHost extends HostRun {
  /** Taken over from a deploy that never ended, and not mended yet: the claim stays open until it is. */
  protected tornOff = false;
  /** Why last good could not be put back after what served was touched for it; null: it could, or nothing was. */
  protected mendFailed: string | null = null;

  constructor(
    override readonly input: DeployInput,
    host: HostTarget,
    publish: () => void,
  ) {
    super(input, host, publish);
  }

  protected async look(question: string, mending = false): Promise<void> {
    const { fixForward, source, stopFirst } = this.input;
    const wanted = { fixForward, mending, goesBack: 'previous' in source };
    const asked = { ...this.looking, ...wanted, ...(stopFirst && { stopFirst }) };
    this.inspection = await firstContact(`${this.name}: ${question}`).inspectHost(asked);
    this.fact.live = this.inspection.live;
  }

  /**
   * What was looked at before the claim may have changed since, and what was left is nothing to build
   * on: last good goes back in service first. Where nothing was ever good, what runs stays.
   */
  protected async mend(): Promise<void> {
    await this.look('what did the unfinished deploy leave', true);
    this.distrustsLive = this.inspection?.tornOff ?? false;
    const { lastGood = null, live = null, bootIsForeign = false } = this.inspection ?? {};
    if (this.distrustsLive && !(live !== null && live === lastGood && this.isTheMend()))
      await this.putLastGoodBack();
    await this.look('what is live now');
    const { tornOff = false, running = false } = this.inspection ?? {};
    this.tornOff = tornOff && (running || lastGood !== null || bootIsForeign);
  }

  /** Whether this deploy is to be the mend of a last good release that is in service already. */
  private isTheMend(): boolean {
    const { fixForward, source } = this.input;
    // Who goes back to that very release has nothing else to put in its place: it is waited for, and in vain started anew.
    const isWanted = 'previous' in source && this.inspection?.lastGoodCommit === this.commit;
    return fixForward && !isWanted;
  }

  private async putLastGoodBack(): Promise<void> {
    const before = this.inspection?.live ?? null;
    try {
      if (!(await putLastGoodBack(this))) return;
      this.fact.mended = `${this.target.release ?? 'the unit from before'} put back in service`;
    } catch (error) {
      const touched = this.restarted;
      this.restarted = false;
      if (touched && !(await this.servesStill(before))) this.notAsBefore(reasonOf(error).message);
      if (!this.input.fixForward || !doesNotServe(error)) throw this.notMended(error);
      this.fact.mended = `last good does not serve: ${reasonOf(error).message}`;
    }
  }

  /** Whether what was live before the attempt to mend is so still; when nobody can tell, it is not. */
  private async servesStill(before: string | null): Promise<boolean> {
    try {
      await this.look('what is live now', true);
    } catch {
      return false;
    }
    const { live = null, ready = false } = this.inspection ?? {};
    return ready && live === before;
  }

  protected notAsBefore(why: string): void {
    this.mendFailed = why;
    this.fact.state = 'needs-operator';
    this.fact.problem = why;
  }

  private notMended(error: unknown): Error {
    const { type, details } = failureOf(error) ?? {};
    const { release } = this.target;
    const what = `A deploy that never ended left ${this.name} torn off, and ${release ?? 'the unit from before'}, which was good, could not be put back in service`;
    return fail(type ?? 'CommandFailed', `${what}: ${reasonOf(error).message}`, {
      host: this.name,
      advice:
        'Mend what it depends on, then deploy again, or: landfall doctor --repair. If this deploy is the mend, use --fix-forward.',
      evidence: details?.evidence,
    });
  }
}
