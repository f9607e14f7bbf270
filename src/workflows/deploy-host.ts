import { CancellationScope } from '@temporalio/workflow';
import type { DeployInput, HostTarget, ServiceSettings, SoakSettings } from '../config/deploy-input';
import type { Evidence } from '../deployment/failures';
import type { Inspection } from '../deployment/inspection';
import type { Release } from '../deployment/model';
import type { Change, Undo } from '../deployment/plan/change';
import { type DeployPlan, type PlannedRelease, planDeploy } from '../deployment/plan/deploy-plan';
import { startsFirst } from '../deployment/plan/import-proof';
import { goodReleaseOf } from '../deployment/plan/previous-release';
import { releaseSettings } from '../deployment/plan/release-settings';
import { processesOf, settingsOf } from '../deployment/plan/rollback-target';
import { NO_MOVE, type SingletonMove, singletonMove } from '../deployment/plan/singletons';
import {
  begun,
  fenced,
  isTouched,
  nextUndo,
  oneUndone,
  type Progress,
  turnedForward,
  UNCHANGED,
  undone,
} from '../deployment/progress';
import type { ProjectFacts } from '../deployment/project/facts';
import type { HostFact } from '../deployment/status';
import { carryOut, undo } from './execute-plan';
import { execute, type Retry, withinMinutes } from './execute-step';
import { Host } from './host';
import { inspectFor } from './inspect-for';
import { close, collectEvidence, discard, type Left } from './leave-host';
import {
  buildRelease,
  examineRelease,
  fetchRelease,
  installDependencies,
  installInstance,
  proveRelease,
  sendCommit,
  type Undertaking,
} from './prepare-release';
import { type Inheritance, NOTHING_LEFT, restoreAbandoned } from './restore-abandoned';
import { untilReachable } from './retry-until-reachable';
import type { Semaphore } from './semaphore';
import { soakRelease } from './soak-release';

/** Changes by which code of the new release runs. */
const RUNS_CODE: readonly string[] = ['startRelease', 'restart', 'startProcesses'];

/** One host of a deploy: the steps of the runbook. What they change on the host is in the plan. */
export class DeployHost {
  private readonly host: Host;
  private progress: Progress = UNCHANGED;
  private inheritance: Inheritance = NOTHING_LEFT;
  private found: Inspection | null = null;
  private undertaken: Undertaking | null = null;

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

  /** There are changes to undo, or a retry failed before it changed anything. */
  get isChanged(): boolean {
    return this.progress.stage === 'changed';
  }

  /** This run has taken the host over from an abandoned deploy. */
  get tookOver(): boolean {
    return this.inheritance !== NOTHING_LEFT;
  }

  /** This run may have stopped or changed the live release. */
  get isTouched(): boolean {
    return isTouched(this.progress);
  }

  get isFenced(): boolean {
    return this.progress.stage === 'fenced';
  }

  /** Those of landfall.yaml for a deploy; for a restart those with which the live release was good. */
  get liveSettings(): ServiceSettings {
    const { source, settings } = this.input;
    return 'restart' in source ? settingsOf(this.inspected, this.inspected.live, settings) : settings;
  }

  /** Read-only, apart from the helper on hosts where the deploying user may do everything. */
  async inspect(): Promise<void> {
    this.found = await inspectFor(this.host, this.input, 'what is live, is it ready', { installs: true });
  }

  /** Before anything is changed. @throws InvalidInput when no interpreter of the host will do */
  check(commit: string, project: ProjectFacts | null): void {
    this.settingsFor(this.standing(commit), project);
  }

  /**
   * The kept settings of a release that starts again have all that its deploy has found out.
   * @returns the facts of the commit, too, as far as they are still to be looked at
   */
  private settingsFor(
    standing: Release | null,
    project: ProjectFacts | null,
  ): { settings: ServiceSettings; unknown: ProjectFacts | null } {
    if (standing !== null)
      return { settings: settingsOf(this.inspected, standing.id, this.input.settings), unknown: null };
    const settings = this.liveSettings;
    if ('restart' in this.input.source && settings.resolved?.server) return { settings, unknown: null };
    const release = { host: this.name, settings, project };
    return { settings: releaseSettings(this.inspected, release), unknown: project };
  }

  private standing(commit: string): Release | null {
    return 'previous' in this.input.source ? goodReleaseOf(commit, this.inspected) : null;
  }

  /** Brings the release to the host and proves all that can be proven alongside the live one. */
  async prepare(commit: string, project: ProjectFacts | null, restoring: Semaphore): Promise<void> {
    const { host, input } = this;
    const before = this.inspected;
    // Before a restore, which may put this very release in service: seen from there, another one is the previous.
    const standing = this.standing(commit);
    const takesOver = await host.claim(commit, input.by);
    if (takesOver) this.inheritance = { ...NOTHING_LEFT, unrestored: true };
    if (takesOver || before.leftovers.length > 0) await host.tidyUp();
    // Once a restore has begun it is not left halfway, also when a cancel is asked for.
    if (takesOver)
      await restoring.hold(() => CancellationScope.nonCancellable(() => this.restoreAbandoned(commit)));
    const { settings, unknown } = this.settingsFor(standing, project);
    // Going back needs neither the repository nor the network.
    const fetching = { project, plenty: this.inspected.spare === null };
    const { release: id, built } =
      standing === null
        ? await fetchRelease(host, input, commit, settings, fetching)
        : { release: standing.id, built: true };
    this.undertake({ id, commit, standing: standing !== null }, settings);
    if (this.plan.how !== 'verify') {
      await sendCommit(host, input, this.undertaking);
      const installed = await installDependencies(host, this.inspected.uv, id, settings);
      if (!built) await buildRelease(host, id, installed);
      this.undertake(this.undertaking.release, await examineRelease(host, id, installed, unknown));
      await proveRelease(host, this.undertaking, !input.stopFirst);
    }
    this.fact.state = 'prepared';
  }

  private async restoreAbandoned(commit: string): Promise<void> {
    this.found = await restoreAbandoned(this.host, this.input, commit, (left) => {
      this.inheritance = left;
    });
  }

  private undertake(release: PlannedRelease, settings: ServiceSettings): void {
    const { stopFirst = false } = this.input;
    const { bind, name } = this.host.target;
    const first = startsFirst(this.input, name);
    const { path } = this.input;
    const wanted = { release, settings, bind, stopFirst, startsFirst: first, path, touched: this.isTouched };
    this.undertaken = { release, settings, plan: planDeploy(this.inspected, wanted) };
  }

  /** A step that prepares the new release, or proves it before it serves. */
  async do(step: (host: Host, undertaking: Undertaking) => Promise<void>): Promise<void> {
    await step(this.host, this.undertaking);
  }

  get needsRehearsal(): boolean {
    return this.plan.rehearses;
  }

  /** Interrupts the service, as `--stop-first` asks for, before anything of the new release runs as its user. */
  async stopFirst(): Promise<void> {
    const { stop } = this.plan;
    if (stop !== null) await this.carryOut([stop]);
  }

  /** Puts the new release in service and waits until it serves. */
  async putInService(): Promise<void> {
    await this.carryOut(this.plan.changes);
    if (this.plan.how === 'verify') this.progress = UNCHANGED;
    this.fact.state = 'released';
    this.fact.problem = null;
  }

  private async carryOut(changes: Change[]): Promise<void> {
    await carryOut(this.host, changes, (change) => {
      this.progress = begun(this.progress, change);
      if (RUNS_CODE.includes(change.does.name)) this.fact.ran = true;
      if (change.touchesLive) this.fact.state = 'unknown';
    });
  }

  /** How the release is watched after the switchover; null: not at all. */
  get soakSettings(): SoakSettings | null {
    const { source, settings: now } = this.input;
    const { settings, plan } = this.undertaking;
    if (plan.how === 'verify') return null;
    if (!('previous' in source)) return settings.soak;
    return source.soak ? (settings.soak ?? now.soak) : null;
  }

  async soak(): Promise<void> {
    const { soakSettings: soak } = this;
    if (soak !== null) await soakRelease(this.host, this.undertaking, soak);
  }

  /** A last look before the commit point: what became ready a while ago may have died since. */
  async stillServes(): Promise<void> {
    await execute(this.host, this.plan.lastLook, withinMinutes);
  }

  /**
   * The move of the singletons here to the release, or back to those of the rollback target.
   * @param moved this run has begun to move them, on any host
   */
  singletons(to: 'release' | 'target', moved: boolean): SingletonMove {
    if (this.undertaken === null || this.isFenced) return NO_MOVE;
    // A release that is only verified has its singletons, unless an abandoned deploy has moved them.
    if (this.plan.how === 'verify' && !this.tookOver) return NO_MOVE;
    const { release, settings, plan } = this.undertaking;
    const [forward, back] = [{ release: release.id, processes: settings.processes }, processesOf(plan.back)];
    const [next, before] = to === 'release' ? [forward, back] : [back, forward];
    return singletonMove(this.inspected, next, moved ? before : null, this.host.place);
  }

  /** A part of that move. Safe to run again. */
  async take(steps: Undo, retry: Retry): Promise<void> {
    await undo(this.host, steps, retry);
    if (this.progress.stage === 'undone') this.fact.state = this.stateAfterUndo;
    this.fact.problem = null;
  }

  /** Another deploy owns this host now: nothing more is changed here, and nothing is undone. */
  letGo(problem: string): void {
    this.progress = fenced(this.progress);
    this.fact.state = 'unknown';
    this.fact.problem = problem;
  }

  /** Leaves the rollback, as an operator chose: what follows puts the new release in service once more. */
  async turnForward(): Promise<void> {
    const { release, settings } = this.undertaking;
    this.progress = turnedForward(this.progress);
    this.undertake(release, settings);
    // The rollback may have removed it.
    await installInstance(this.host, this.undertaking);
  }

  /** Also frees the host. From the first of these on a deploy only goes forward. */
  async markGood(): Promise<void> {
    const { release, settings, plan } = this.undertaking;
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
  }

  /**
   * Back to what was live before; evidence first. Running it again continues where it failed.
   * @param evidence what the failure itself brought along from this host
   */
  async rollback(evidence: Evidence | undefined): Promise<void> {
    if (this.isTouched && evidence === undefined) await collectEvidence(this.host);
    for (let next = nextUndo(this.progress); next !== null; next = nextUndo(this.progress)) {
      await undo(this.host, next, untilReachable);
      this.progress = oneUndone(this.progress);
    }
    this.progress = undone(this.progress);
    this.fact.state = this.stateAfterUndo;
    this.fact.problem = null;
  }

  private get stateAfterUndo(): HostFact['state'] {
    if (!this.isTouched) return 'prepared';
    return this.plan.back.kind === 'nothing' ? 'emptied' : 'restored';
  }

  /** Ends the deploy here without the new release: it is removed, and the host is free for the next one. */
  async discard(outcome: string): Promise<void> {
    if (this.host.isClaimed && !this.isFenced) await discard(this.host, this.left, outcome);
  }

  /** Frees the host; what stands there stays. */
  async close(outcome: string): Promise<void> {
    if (this.host.isClaimed && !this.isFenced) await close(this.host, this.left, outcome);
  }

  private get left(): Left {
    const { inheritance, isTouched } = this;
    return { release: this.undertaken?.release.id ?? null, inheritance, isTouched };
  }

  private get inspected(): Inspection {
    if (this.found === null) throw new Error('a host is inspected before it is changed');
    return this.found;
  }

  private get undertaking(): Undertaking {
    if (this.undertaken === null) throw new Error('a host is prepared before it is changed');
    return this.undertaken;
  }

  private get plan(): DeployPlan {
    return this.undertaking.plan;
  }
}
