import { CancellationScope } from '@temporalio/workflow';
import type { DeployInput, HostTarget, ServiceSettings, SoakSettings } from '../config/deploy-input';
import { inSeconds } from '../config/units';
import type { Evidence } from '../deployment/failures';
import type { Inspection } from '../deployment/inspection';
import type { Release } from '../deployment/model';
import type { Change, Undo } from '../deployment/plan/change';
import { type DeployPlan, planDeploy } from '../deployment/plan/deploy-plan';
import { goodReleaseOf } from '../deployment/plan/previous-release';
import { probeOf } from '../deployment/plan/rollback-target';
import type { HostFact } from '../deployment/status';
import { timeOf } from '../deployment/time-of';
import { isGated } from '../host-agent/gunicorn';
import { abortOnFirst } from './abort-on-first';
import { carryOut, undo } from './execute-plan';
import { execute, UNIT_LIMIT_MS, withinMinutes } from './execute-step';
import { Host } from './host';
import { inspectFor } from './inspect-for';
import { reasonOf } from './reason';
import { type Inheritance, NOTHING_LEFT, restoreAbandoned, sayBroken } from './restore-abandoned';
import { untilReachable } from './retry-until-reachable';
import type { Semaphore } from './semaphore';
import { closing, lasting, tidying, watching } from './steps';

/** A longer activity would be no safer, and one for each look would fill the history. */
const SLICE_MS = 3_600_000;

/** How far a deploy has come on one host. `touched`: what serves may have changed. */
type Progress =
  | { stage: 'unchanged' }
  /** Each undo is taken off once it has succeeded. An operator may go forward from here. */
  | { stage: 'changed'; undo: Undo[]; touched: boolean }
  | { stage: 'undone'; touched: boolean }
  | { stage: 'good' }
  /** Another deploy owns the host. */
  | { stage: 'fenced'; touched: boolean };

/** What is released on a host, and how. */
interface Undertaken {
  release: Release & { standing: boolean };
  settings: ServiceSettings;
  plan: DeployPlan;
}

/** One host of a deploy: the steps of the runbook. What they change there is in the plan. */
export class DeployHost {
  private readonly host: Host;
  private progress: Progress = { stage: 'unchanged' };
  private inheritance: Inheritance = NOTHING_LEFT;
  private found: Inspection | null = null;
  private prepared: Undertaken | null = null;
  /** Brought to the host by this run, and to be removed again if it does not serve. */
  private release: string | null = null;

  constructor(
    private readonly input: DeployInput,
    target: HostTarget,
    publish: () => void,
  ) {
    this.host = new Host(input, target, publish);
  }

  get name(): string {
    return this.host.name;
  }

  get fact(): HostFact {
    return this.host.fact;
  }

  get seen(): Inspection | null {
    return this.found;
  }

  /** Something is to be undone, or was tried anew and has failed before it changed anything. */
  get isChanged(): boolean {
    return this.progress.stage === 'changed';
  }

  /** What serves may have been stopped or changed by this run. */
  get isTouched(): boolean {
    return 'touched' in this.progress && this.progress.touched;
  }

  get isFenced(): boolean {
    return this.progress.stage === 'fenced';
  }

  /** Read-only, apart from the helper on hosts where the deploying user may do everything. */
  async inspect(): Promise<void> {
    await this.host.meet();
    this.found = await inspectFor(this.host, this.input, 'what is live, is it ready');
    this.fact.state = 'untouched';
  }

  /** Brings the release to the host and proves what can be proven beside the live one. */
  async prepare(commit: string, restoring: Semaphore): Promise<void> {
    const before = this.inspected;
    // Before a restore, which may put this very release in service: seen from there, another one is the previous.
    const standing = 'previous' in this.input.source ? goodReleaseOf(commit, before) : null;
    const takesOver = await this.host.claim(commit, this.input.by);
    if (takesOver) this.inheritance = { ...NOTHING_LEFT, unrestored: true };
    if (takesOver || before.leftovers.length > 0) await this.host.tidyUp();
    // Once a repair has begun it is not left halfway, also when a cancel is asked for.
    if (takesOver)
      await restoring.hold(() => CancellationScope.nonCancellable(() => this.restoreAbandoned(commit)));
    // It runs as it did when it was good: its own app, requirements and server settings, not those of a later commit.
    const kept = standing === null ? null : probeOf(this.inspected, standing.id)?.settings;
    const settings = kept ?? this.input.settings;
    // Going back needs neither the repository nor the network.
    const id = standing?.id ?? (await this.fetch(commit, settings));
    this.release = id;
    const release = { id, commit, standing: standing !== null };
    const plan = this.planFor(release, settings);
    this.prepared = { release, settings, plan };
    if (plan.how !== 'verify') await this.install();
    this.fact.state = 'prepared';
  }

  private async install(): Promise<void> {
    const { release, settings } = this.undertaken;
    const { requirements, python, installTimeout, installMemory } = settings;
    const { uv } = this.inspected;
    const wanted = { release: release.id, requirements, python, uv, installTimeout, installMemory };
    const input = { ...this.host.claimed, ...wanted };
    await lasting(`${this.name}: dependencies`, installTimeout).installDependencies(input);
    const proofs = this.input.stopFirst ? [] : [() => this.preImport()];
    await abortOnFirst([...proofs, () => this.installInstance()], (step) => step());
  }

  /** As the service's user, so that a compromised old release could disturb it. */
  async preImport(): Promise<void> {
    const { release, settings, plan } = this.undertaken;
    if (plan.how === 'verify') return;
    const { app, base, env, preImport } = settings;
    const input = { ...this.host.claimed, release: release.id, base, app, env, preImport };
    await lasting(`${this.name}: import ${app}`, preImport.timeout).preImport(input);
  }

  /** The unit of a release that runs beside others is of no effect until it is started. */
  private async installInstance(): Promise<void> {
    const { release, settings, plan } = this.undertaken;
    if (plan.how !== 'alongside') return;
    const { id, commit } = release;
    const input = { ...this.host.claimed, release: id, commit, settings };
    await lasting(`${this.name}: unit of ${id}`, UNIT_LIMIT_MS).installInstance(input);
  }

  /** What cannot prove itself beside the live release does so before that one is stopped. */
  get needsRehearsal(): boolean {
    const { settings, plan } = this.undertaken;
    if (plan.how === 'verify' || settings.rehearse === null) return false;
    return plan.how === 'restart' || plan.changes[0]?.does.name === 'makeRoom' || !isGated(settings);
  }

  async migrate(migrate: NonNullable<ServiceSettings['migrate']>): Promise<void> {
    const { release, settings } = this.undertaken;
    const input = { ...this.host.claimed, release: release.id, env: settings.env, migrate };
    await lasting(`${this.name}: migrate`, migrate.timeout).migrate(input);
  }

  async rehearse(): Promise<void> {
    const { release, settings } = this.undertaken;
    const { rehearse } = settings;
    if (rehearse === null) return;
    const input = { ...this.host.claimed, release: release.id, settings: { ...settings, rehearse } };
    await lasting(`${this.name}: rehearse on a private socket`, rehearse.timeout).rehearse(input);
  }

  /** Interrupts the service, as `--stop-first` asks for, before anything of the new release runs as its user. */
  async stopFirst(): Promise<void> {
    const { stop } = this.undertaken.plan;
    if (stop !== null) await carryOut(this.host, [stop], (change) => this.begin(change));
  }

  /** Puts the new release in service and waits until it serves. */
  async putInService(): Promise<void> {
    const { how, changes } = this.undertaken.plan;
    await carryOut(this.host, changes, (change) => this.begin(change));
    if (how === 'verify') this.progress = { stage: 'unchanged' };
    this.fact.state = 'released';
    this.fact.problem = null;
  }

  private begin({ undo, touchesLive }: Change): void {
    if (undo.length === 0) return;
    this.progress = { stage: 'changed', undo, touched: this.isTouched || touchesLive };
    if (touchesLive) this.fact.state = 'unknown';
  }

  /** How the release is watched after the switch; null: not at all. */
  get soakSettings(): SoakSettings | null {
    const { source } = this.input;
    const { settings, plan } = this.undertaken;
    if (plan.how === 'verify') return null;
    if ('ref' in source) return settings.soak;
    return source.soak ? (settings.soak ?? this.input.settings.soak) : null;
  }

  /** Watches the release before it counts as good, in slices that keep the history small. */
  async soak(): Promise<void> {
    const { soakSettings: soak } = this;
    if (soak === null) return;
    const { settings, release } = this.undertaken;
    this.fact.state = 'soaking';
    this.fact.soaksUntil = timeOf(Date.now() + soak.time);
    for (let number = 0, left = soak.time; left > 0; number++, left -= SLICE_MS) {
      const slice = { number, durationMs: Math.min(left, SLICE_MS) };
      const { id, commit } = release;
      const watched = { ...this.host.claimed, settings, soak, release: id, commit, slice };
      const of = left > SLICE_MS || number > 0 ? `, ${inSeconds(left)} left` : '';
      const words = `${this.name}: soak for ${inSeconds(slice.durationMs)}${of}`;
      await watching(words, slice.durationMs).soak(watched);
    }
    this.fact.state = 'released';
  }

  /** A last look before the commit point: what became ready a while ago may have died since. */
  async stillServes(): Promise<void> {
    await execute(this.host, this.undertaken.plan.lastLook, withinMinutes);
  }

  /** Another deploy owns this host now: nothing more is changed here, and nothing is undone. */
  letGo(problem: string): void {
    this.progress = { stage: 'fenced', touched: this.isTouched };
    this.fact.state = 'unknown';
    this.fact.problem = problem;
  }

  /** Leaves the rollback, as an operator chose: what follows puts the new release in service once more. */
  async turnForward(): Promise<void> {
    const { release, settings } = this.undertaken;
    const left = 'undo' in this.progress ? this.progress.undo : [];
    this.progress = { stage: 'changed', undo: left, touched: this.isTouched };
    this.prepared = { release, settings, plan: this.planFor(release, settings) };
    // The rollback may have removed it.
    await this.installInstance();
  }

  /** From the first of these on a deploy only goes forward. */
  async markGood(): Promise<void> {
    const { release, settings, plan } = this.undertaken;
    const { environment } = this.input;
    const { id, commit } = release;
    const { keepReleases } = settings;
    const marked = { release: id, environment, commit, keepReleases, as: plan.probe };
    const change = { ...this.host.nextChange(), ...marked };
    // Beyond the commit point there is no other way than to get through.
    await untilReachable(this.host, `${this.name}: mark ${id} good`, 60_000, (steps, tries) =>
      steps.markGood({ ...change, tries }),
    );
    this.progress = { stage: 'good' };
    this.inheritance = NOTHING_LEFT;
    this.fact.state = 'good';
    this.fact.problem = null;
    await this.close('deployed');
  }

  /**
   * Back to what was live before; evidence first. Running it again continues where it failed.
   * @param evidence what the failure itself brought along from this host
   */
  async rollback(evidence: Evidence | undefined): Promise<void> {
    if (this.isTouched && evidence === undefined) await this.collectEvidence();
    while (this.progress.stage === 'changed' && this.progress.undo.length > 0) {
      const [next = [], ...rest] = this.progress.undo;
      await undo(this.host, next, untilReachable);
      this.progress = { ...this.progress, undo: rest };
    }
    this.progress = { stage: 'undone', touched: this.isTouched };
    if (!this.isTouched) this.fact.state = 'prepared';
    else this.fact.state = this.undertaken.plan.back.kind === 'nothing' ? 'emptied' : 'restored';
    this.fact.problem = null;
  }

  /** Worth a try, and no reason to leave a bad release in service any longer. */
  private async collectEvidence(): Promise<void> {
    try {
      await tidying(`${this.name}: evidence`).collectEvidence(this.host.on);
    } catch (error) {
      this.fact.problem = `no evidence: ${reasonOf(error).message}`;
    }
  }

  /** Ends the deploy here without the new release: it is removed, and the host is free for the next one. */
  async discard(outcome: string): Promise<void> {
    if (!this.host.isClaimed || this.isFenced) return;
    const { release } = this;
    await this.tidyUp(async () => {
      if (release === null) return;
      await tidying(`${this.name}: remove ${release}`).discardRelease({ ...this.host.claimed, release });
    });
    const { brokenBy } = this.inheritance;
    if (brokenBy !== null && !this.isTouched) sayBroken(this.host, brokenBy);
    await this.close(outcome);
  }

  /** Frees the host; what stands there stays. */
  async close(outcome: string): Promise<void> {
    if (!this.host.isClaimed || this.isFenced) return;
    // Whoever comes next has to know that what runs there is nothing to go back to.
    if (this.inheritance.unrestored && !this.isTouched) return;
    const claimed = this.host.claimed;
    await this.tidyUp(() => closing(`${this.name}: close the claim`).closeClaim({ ...claimed, outcome }));
  }

  /** The next deploy's claim and repair do the same; this one says so, and need not fail for it. */
  private async tidyUp(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.fact.problem = `not tidied up: ${reasonOf(error).message}`;
    }
  }

  private async restoreAbandoned(commit: string): Promise<void> {
    this.found = await restoreAbandoned(this.host, this.input, commit, (left) => {
      this.inheritance = left;
    });
  }

  private planFor(release: Undertaken['release'], settings: ServiceSettings): DeployPlan {
    const { stopFirst = false } = this.input;
    const { bind } = this.host.target;
    return planDeploy(this.inspected, { release, settings, bind, stopFirst, touched: this.isTouched });
  }

  private async fetch(commit: string, settings: ServiceSettings): Promise<string> {
    const { repository, path } = this.input;
    const { shared, python, requirements, strategy } = settings;
    const what = { commit, repository, path, shared, python, requirements, beside: strategy === 'overlap' };
    const wanted = { ...this.host.claimed, ...what };
    return (await lasting(`${this.name}: fetch ${commit.slice(0, 7)}`, 900_000).fetchRelease(wanted)).release;
  }

  private get inspected(): Inspection {
    if (this.found === null) throw new Error('a host is inspected before it is changed');
    return this.found;
  }

  private get undertaken(): Undertaken {
    if (this.prepared === null) throw new Error('a host is prepared before it is changed');
    return this.prepared;
  }
}
