import type { Inspection } from '../activities/inspect-host';
import type { DeployInput, HostTarget } from '../config/deploy-input';
import type { Evidence } from '../failures';
import { RESTART_LIMIT_SECONDS } from '../host/limits';
import type { Policy } from '../host/protocol';
import { reasonOf } from './reason';
import type { HostFact } from './status';
import { firstContact, lasting, quick, tidying, undoing } from './steps';
import { UndoStack } from './undo-stack';

/** One host of a deploy: its steps in the order of the runbook, and what undoes them. */
export class HostDeploy {
  readonly fact: HostFact = { state: 'unseen', live: null, problem: null };
  /** Found by {@link inspect}. */
  inspection: Inspection | null = null;
  /** True once a process may have been stopped or started by this run. */
  restarted = false;
  /** True once the host has said that another deploy owns it. */
  fenced = false;
  private readonly undo = new UndoStack();
  private fence = 0;
  /** Counts the live changes, undo included; the host refuses a lower one. */
  private seq = 0;
  private release: string | null = null;
  private commit = '';

  constructor(
    private readonly input: DeployInput,
    readonly host: HostTarget,
  ) {}

  get name(): string {
    return this.host.name;
  }

  /** True while something is registered to be undone. */
  get changed(): boolean {
    return !this.undo.isEmpty;
  }

  /** Read-only, apart from the helper on hosts where the deploying user may do everything. */
  async inspect(): Promise<void> {
    const { settings, fixForward } = this.input;
    const contact = { ...this.onHost, python: settings.python, policy: this.policy };
    await firstContact(`${this.name}: landfall-host`).installHelper(contact);
    this.inspection = await firstContact(`${this.name}: what is live, is it ready`).inspectHost({
      ...this.onHost,
      settings,
      fixForward,
    });
    this.fact.live = this.inspection.live;
    this.fact.state = 'untouched';
  }

  /** Brings the release to the host and proves what can be proven beside the live one. */
  async prepare(commit: string): Promise<void> {
    const { settings, by, takeOver } = this.input;
    this.commit = commit;
    const claim = { ...this.onHost, commit, by, takeOver };
    this.fence = (await quick(`${this.name}: claim`).claimHost(claim)).fence;
    if ((this.inspection?.leftovers.length ?? 0) > 0) {
      await quick(`${this.name}: mend leftovers`).repairHost(this.claimed);
    }
    const release = await this.fetch(commit);
    this.release = release;
    await lasting(`${this.name}: dependencies`, settings.installTimeoutSeconds).installDependencies({
      ...this.claimed,
      release,
      requirements: settings.requirements,
      python: settings.python,
      uv: this.inspection?.uv ?? null,
      timeoutSeconds: settings.installTimeoutSeconds,
    });
    await lasting(`${this.name}: import ${settings.app}`, settings.preImport.timeoutSeconds).preImport({
      ...this.claimed,
      release,
      base: settings.base,
      app: settings.app,
      env: settings.env,
      timeoutSeconds: settings.preImport.timeoutSeconds,
    });
    this.fact.state = 'prepared';
  }

  async migrate(command: string[], timeoutSeconds: number): Promise<void> {
    const { env } = this.input.settings;
    const input = { ...this.claimed, release: this.newRelease, command, env, timeoutSeconds };
    await lasting(`${this.name}: migrate`, timeoutSeconds).migrate(input);
  }

  async rehearse(timeoutSeconds: number): Promise<void> {
    const { settings } = this.input;
    const input = { ...this.claimed, release: this.newRelease, settings, timeoutSeconds };
    await lasting(`${this.name}: rehearse on a private socket`, timeoutSeconds).rehearse(input);
  }

  /** Puts the new release in service and waits until it serves. Each change has its undo registered first. */
  async putInService(): Promise<void> {
    const { settings } = this.input;
    const release = this.newRelease;
    // The old process can only come back under its old unit text, so this one is undone last.
    this.undo.push(() => this.putBackInService());
    this.undo.push(() => this.restoreUnit());
    const rendered = { ...this.nextChange(), release, commit: this.commit, settings };
    // systemd-analyze reads every unit that this one needs: a second or two on a small machine.
    await lasting(`${this.name}: unit of ${release}`, 30).renderUnit(rendered);

    this.restarted = true;
    this.fact.state = 'unknown';
    const change = { ...this.nextChange(), release };
    await lasting(`${this.name}: restart with ${release}`, RESTART_LIMIT_SECONDS).restart(change);
    this.fact.live = release;
    await this.awaitReady(lasting, `is ${release} ready`, release);
    this.fact.state = 'released';
    this.fact.problem = null;
  }

  /** A last look before the commit point: what became ready a while ago may have died since. */
  async stillServes(): Promise<void> {
    await this.awaitReady(lasting, 'is it still ready', this.newRelease);
  }

  /** Another deploy owns this host now: nothing more is changed here, and nothing is undone. */
  letGo(problem: string): void {
    this.undo.clear();
    this.fenced = true;
    this.fact.state = 'unknown';
    this.fact.problem = problem;
  }

  /** Leaves the rollback and puts the new release in service once more, as an operator chose. */
  async goForward(): Promise<void> {
    this.undo.clear();
    await this.putInService();
  }

  /** From the first of these on a deploy only goes forward. */
  async markGood(): Promise<void> {
    const change = { ...this.nextChange(), release: this.newRelease, keep: this.input.settings.keepReleases };
    // Beyond the commit point there is no other way than to get through.
    await undoing(`${this.name}: mark ${this.newRelease} good`, 60).markGood(change);
    this.undo.clear();
    this.fact.state = 'good';
    await this.close('deployed');
  }

  /**
   * Back to what was live before; evidence first. Running it again goes on where it failed.
   * @param evidence what the failure itself brought along from this host
   */
  async rollback(evidence: Evidence | undefined): Promise<void> {
    if (this.restarted && evidence === undefined) await this.collectEvidence();
    await this.undo.run();
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
    await this.close(outcome);
  }

  /** Frees the host; what stands there stays. */
  private async close(outcome: string): Promise<void> {
    await this.tidyUp(() =>
      tidying(`${this.name}: close the claim`).closeClaim({ ...this.claimed, outcome }),
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
    const { repository, path, settings, source } = this.input;
    // Going back needs neither the repository nor the network: the release is there.
    if ('previous' in source && this.inspection?.previousGood?.commit === commit) {
      return this.inspection.previousGood.release;
    }
    const { shared, python, requirements } = settings;
    const wanted = { ...this.claimed, commit, repository, path, shared, python, requirements };
    return (await lasting(`${this.name}: fetch ${commit.slice(0, 7)}`, 900).fetchRelease(wanted)).release;
  }

  private async restoreUnit(): Promise<void> {
    await undoing(`${this.name}: previous unit`, 30).restoreUnit({
      ...this.nextChange(),
      to: this.target.boot ? 'boot' : 'before',
    });
  }

  private async putBackInService(): Promise<void> {
    if (!this.restarted) return;
    const { target } = this;
    if (target.nothing) {
      await undoing(`${this.name}: stop, as before`, RESTART_LIMIT_SECONDS).stopService(this.nextChange());
      this.fact.live = null;
      return;
    }
    const { release } = target;
    const name = release ?? 'the unit from before';
    const change = { ...this.nextChange(), release };
    await undoing(`${this.name}: back to ${name}`, RESTART_LIMIT_SECONDS).restart(change);
    this.fact.live = release;
    await this.awaitReady(undoing, `is ${name} ready`, release);
  }

  /** @param release who must answer; null: the unit in force, which is not one of ours */
  private async awaitReady(steps: typeof lasting, summary: string, release: string | null): Promise<void> {
    const { settings } = this.input;
    const limit = settings.readiness.timeoutSeconds;
    await steps(`${this.name}: ${summary}`, limit).awaitReady({ ...this.onHost, settings, release });
  }

  /** What a rollback goes back to: what was live and ready; else last good; else nothing. */
  private get target(): { release: string | null; boot: boolean; nothing: boolean } {
    const { inspection } = this;
    if (inspection === null) throw new Error('a host is inspected before it is changed');
    if (inspection.running && inspection.ready)
      return { release: inspection.live, boot: false, nothing: false };
    if (inspection.lastGood !== null) return { release: inspection.lastGood, boot: true, nothing: false };
    return { release: inspection.live, boot: false, nothing: !inspection.running };
  }

  private get policy(): Policy {
    const { service, settings } = this.input;
    const { user, base, envFiles, unit } = settings;
    return { service, user, deployUser: this.host.user, base, envFiles, unit };
  }

  private get newRelease(): string {
    if (this.release === null) throw new Error('a host is prepared before it is changed');
    return this.release;
  }

  private get onHost() {
    return { service: this.input.service, host: this.host };
  }

  private get claimed() {
    return { ...this.onHost, claim: { fence: this.fence, seq: this.seq } };
  }

  private nextChange() {
    this.seq += 1;
    return this.claimed;
  }
}
