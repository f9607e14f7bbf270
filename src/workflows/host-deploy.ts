import { CancellationScope } from '@temporalio/workflow';
import type { ServiceSettings, SoakSettings } from '../config/deploy-input';
import { inSeconds } from '../config/units';
import type { Evidence } from '../deployment/failures';
import { goodReleaseOf } from '../deployment/plan/previous-commit';
import { timeOf } from '../deployment/time-of';
import { isGated } from '../host-agent/gunicorn';
import { onAll } from './abort-on-first';
import { putInServiceBeside } from './by-overlap';
import { putInServiceByRestart } from './by-restart';
import { MendedHost } from './mended-host';
import { reasonOf } from './reason';
import { undoing } from './retry-until-reachable';
import type { Turns } from './semaphore';
import { closing, firstContact, lasting, quick, tidying, watching } from './steps';
import { stopOldRelease } from './stop-first';
import { UndoStack } from './undo-stack';

/** A longer activity would be no safer, and one for each look would fill the history. */
const SLICE_MS = 3_600_000;

/** One host of a deploy: its steps in the order of the runbook, and what undoes them. */
export class HostDeploy extends MendedHost {
  private readonly undo = new UndoStack();
  /** What is gone back to serves here already: mending put it back, or the torn-off deploy had not come this far. */
  isBack = false;

  /** An operator chose to go forward, and the new release does not serve yet. */
  private goesForward = false;

  /** True while something is to be undone, or was tried anew and has failed before it changed anything. */
  get changed(): boolean {
    return !this.undo.isEmpty || this.goesForward;
  }

  /** Read-only, apart from the helper on hosts where the deploying user may do everything. */
  async inspect(): Promise<void> {
    const { settings } = this;
    const contact = { ...this.onHost, python: settings.python, policy: this.policy };
    await firstContact(`${this.name}: landfall-host`).installHelper(contact);
    await this.look('what is live, is it ready');
    this.fact.state = 'untouched';
  }

  /** Brings the release to the host and proves what can be proven beside the live one. */
  async prepare(commit: string, mending: Turns): Promise<void> {
    const { by, takeOver } = this.input;
    this.commit = commit;
    // Before mending, which may put this very release in service: seen from there, another one is the previous.
    const standing = 'previous' in this.input.source ? goodReleaseOf(commit, this.inspection) : null;
    const claim = { ...this.onHost, commit, by, takeOver };
    const { fence, tookOver = false } = await quick(`${this.name}: claim`).claimHost(claim);
    this.fence = fence;
    this.tornOff = tookOver;
    if (tookOver || (this.inspection?.leftovers.length ?? 0) > 0) {
      await quick(`${this.name}: mend leftovers`).repairHost(this.claimed);
    }
    // Once a repair has begun it is not left halfway, also when a cancel is asked for.
    if (tookOver) await mending.take(() => CancellationScope.nonCancellable(() => this.mend()));
    // It runs as it did when it was good: its own app, requirements and server settings, not those of a later commit.
    if (standing !== null) this.settings = this.wayBackTo(standing)?.settings ?? this.settings;
    const { settings } = this;
    // Going back needs neither the repository nor the network.
    const release = standing ?? (await this.fetch(commit));
    this.release = release;
    const { live = null, running = false } = this.inspection ?? {};
    this.isBack = running && standing !== null && standing === live;
    if (this.isBack) {
      this.fact.state = 'prepared';
      return;
    }
    await lasting(`${this.name}: dependencies`, settings.installTimeout).installDependencies({
      ...this.claimed,
      release,
      requirements: settings.requirements,
      python: settings.python,
      uv: this.inspection?.uv ?? null,
      timeout: settings.installTimeout,
      memory: settings.installMemory,
    });
    const proving = this.input.stopFirst ? [] : [() => this.preImport()];
    await onAll([...proving, () => this.installInstance()], (step) => step());
    this.fact.state = 'prepared';
  }

  /** As the service's user, so that a compromised old release could disturb it. */
  async preImport(): Promise<void> {
    if (this.isBack) return;
    const { app, base, env, preImport } = this.settings;
    const input = { ...this.claimed, release: this.newRelease, base, app, env, ...preImport };
    await lasting(`${this.name}: import ${app}`, preImport.timeout).preImport(input);
  }

  /** The unit of a release that runs beside others is of no effect until it is started. */
  private async installInstance(): Promise<void> {
    if (this.overlap === null || this.isBack) return;
    const { newRelease: release, newCommit: commit } = this;
    const { settings } = this;
    const input = { ...this.claimed, release, commit, settings };
    // systemd-analyze reads every unit that this one needs: a second or two on a small machine.
    await lasting(`${this.name}: unit of ${release}`, 30_000).installInstance(input);
  }

  /** What cannot prove itself beside the live release does so before that one is stopped. */
  get needsRehearsal(): boolean {
    if (this.isBack || this.settings.rehearse === null) return false;
    return this.overlap === null || this.overlap.stopFirst !== null || !isGated(this.settings);
  }

  async migrate(migration: NonNullable<ServiceSettings['migrate']>): Promise<void> {
    const { env } = this.settings;
    const input = { ...this.claimed, release: this.newRelease, env, ...migration };
    await lasting(`${this.name}: migrate`, migration.timeout).migrate(input);
  }

  async rehearse(): Promise<void> {
    const { settings } = this;
    const limits = settings.rehearse;
    if (limits === null) return;
    const input = { ...this.claimed, release: this.newRelease, settings, ...limits };
    await lasting(`${this.name}: rehearse on a private socket`, limits.timeout).rehearse(input);
  }

  /** Interrupts the service, as `--stop-first` asks for, before anything of the new release runs as its user. */
  async stopFirst(): Promise<void> {
    if (!this.isBack) await stopOldRelease(this, this.undo);
  }

  /** Puts the new release in service and waits until it serves. */
  async putInService(): Promise<void> {
    // What is registered from an earlier attempt is registered anew before each change: not earlier, because
    // what comes before this may fail.
    this.undo.clear();
    if (this.isBack) await this.stillServes();
    else if (this.overlap === null) await putInServiceByRestart(this, this.undo);
    else await putInServiceBeside(this, this.undo, this.overlap);
    this.goesForward = false;
    this.fact.state = 'released';
    this.fact.problem = null;
  }

  /** How the release is watched on; null: not at all. */
  get soakSettings(): SoakSettings | null {
    const { source, settings } = this.input;
    if (this.isBack) return null;
    if ('ref' in source) return this.settings.soak;
    return source.soak ? (this.settings.soak ?? settings.soak) : null;
  }

  /** Watches the release on before it counts as good, in slices that keep the history small. */
  async soak(): Promise<void> {
    const { settings, soakSettings: soak } = this;
    if (soak === null) return;
    this.fact.state = 'soaking';
    this.fact.soaksUntil = timeOf(Date.now() + soak.time);
    const { newRelease: release, newCommit: commit } = this;
    for (let number = 0, left = soak.time; left > 0; number++, left -= SLICE_MS) {
      const slice = { number, durationMs: Math.min(left, SLICE_MS) };
      const watched = { ...this.claimed, settings, soak, release, commit, slice };
      const of = left > SLICE_MS || number > 0 ? `, ${inSeconds(left)} left` : '';
      await watching(`${this.name}: soak for ${inSeconds(slice.durationMs)}${of}`, slice.durationMs).soak(
        watched,
      );
    }
    this.fact.state = 'released';
  }

  /** A last look before the commit point: what became ready a while ago may have died since. */
  async stillServes(): Promise<void> {
    const way = this.isBack ? this.wayBackTo(this.newRelease) : null;
    await this.awaitReady(lasting, 'is it still ready', this.newRelease, { way });
  }

  /** Another deploy owns this host now: nothing more is changed here, and nothing is undone. */
  letGo(problem: string): void {
    this.undo.clear();
    this.goesForward = false;
    this.fenced = true;
    this.fact.state = 'unknown';
    this.fact.problem = problem;
  }

  /** Leaves the rollback, as an operator chose: what follows puts the new release in service once more. */
  async turnForward(): Promise<void> {
    this.goesForward = true;
    // The rollback may have removed it.
    await this.installInstance();
  }

  /** From the first of these on a deploy only goes forward. */
  async markGood(): Promise<void> {
    const { newRelease: release, commit, settings } = this;
    const { environment } = this.input;
    const way = this.isBack ? this.wayBackTo(release) : null;
    const as = { address: way?.address ?? this.host.bind, settings: way?.settings ?? settings };
    const marked = { release, environment, commit, keepReleases: settings.keepReleases, as };
    const change = { ...this.nextChange(), ...marked };
    // Beyond the commit point there is no other way than to get through.
    await undoing(this, `${this.name}: mark ${release} good`, 60_000).markGood(change);
    this.undo.clear();
    this.tornOff = false;
    this.fact.state = 'good';
    this.fact.problem = null;
    await this.close('deployed');
  }

  /**
   * Back to what was live before; evidence first. Running it again goes on where it failed.
   * @param evidence what the failure itself brought along from this host
   */
  async rollback(evidence: Evidence | undefined): Promise<void> {
    if (this.restarted && evidence === undefined) await this.collectEvidence();
    await this.undo.run();
    this.goesForward = false;
    if (!this.restarted) this.fact.state = 'prepared';
    else this.fact.state = this.target.nothing ? 'emptied' : 'restored';
    this.fact.problem = null;
  }

  /** Worth a try, and no reason to leave a bad release in service any longer. */
  private async collectEvidence(): Promise<void> {
    try {
      await tidying(`${this.name}: evidence`).collectEvidence(this.onHost);
    } catch (error) {
      this.fact.problem = `no evidence: ${reasonOf(error).message}`;
    }
  }

  /** Ends the deploy here without the new release: it is removed, and the host is free for the next one. */
  async abandon(outcome: string): Promise<void> {
    if (this.fence === 0 || this.fenced) return;
    const { release } = this;
    await this.tidyUp(async () => {
      if (release === null) return;
      await tidying(`${this.name}: remove ${release}`).discardRelease({ ...this.claimed, release });
    });
    if (this.mendFailed !== null && !this.restarted) this.notAsBefore(this.mendFailed);
    await this.close(outcome);
  }

  /** Frees the host; what stands there stays. */
  async close(outcome: string): Promise<void> {
    if (this.fence === 0 || this.fenced) return;
    // Whoever comes next has to know that what runs there is nothing to go back to.
    if (this.tornOff && !this.restarted) return;
    await this.tidyUp(() =>
      closing(`${this.name}: close the claim`).closeClaim({ ...this.claimed, outcome }),
    );
  }

  /** The next deploy's claim and repair do the same; this one says so, and need not fail for it. */
  private async tidyUp(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.fact.problem = `not tidied up: ${reasonOf(error).message}`;
    }
  }

  private async fetch(commit: string): Promise<string> {
    const { repository, path } = this.input;
    const { shared, python, requirements } = this.settings;
    const what = { commit, repository, path, shared, python, requirements };
    const wanted = { ...this.claimed, ...what, ...(this.overlap === null ? {} : { beside: true }) };
    return (await lasting(`${this.name}: fetch ${commit.slice(0, 7)}`, 900_000).fetchRelease(wanted)).release;
  }
}
