import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { DeployInput } from '../config/deploy-input';
import { leadsTo, unknownChoice } from '../deployment/leads-to';
import { shortCommit } from '../deployment/model';
import { liveCommit } from '../deployment/plan/live-release';
import { migrates, migratesOnEach } from '../deployment/plan/migration';
import { previousCommit } from '../deployment/plan/previous-release';
import type { ProjectFacts } from '../deployment/project/facts';
import { refuseByFacts } from '../deployment/project/with-facts';
import { type Choice, type DeployStatus, initialStatus } from '../deployment/status';
import { abortOnFirst } from './abort-on-first';
import { checkedDeploy } from './checked-input';
import { DeployHost } from './deploy-host';
import { endRun } from './end-run';
import { withinMinutes } from './execute-step';
import type { Supersession } from './messages';
import { Operator } from './operator';
import { migrate, preImport, rehearse } from './prepare-release';
import { evidenceFrom, reasonOf } from './reason';
import { untilReachable } from './retry-until-reachable';
import { Semaphore } from './semaphore';
import { isFenced, SettleAll, type Trouble } from './settle-all';
import { type Phase, Singletons } from './singletons';
import { StatusPublisher } from './status-publisher';
import { lasting } from './steps';

/**
 * Deploys one commit of a service to the hosts of an environment, or leaves them as they were.
 *
 * - Prepare: everything that can be proven alongside the live release, on all hosts at once. A failure here ends the
 *   run as `ReleaseRejected`.
 * - Release: batch by batch, each change with its undo registered before it.
 * - Finish: the first `markGood` is the commit point.
 * - Rollback: a failure or a cancel before the commit point undoes all changes (`RolledBack`). If the rollback fails
 *   too, the run stays open and waits for `decide` or `supersede`. An operator may end it as it stands (`Accepted`).
 *
 * Another deploy ends a soak early (`Superseded`) without an undo. The same holds for a rollback that only waits for
 * unreachable hosts.
 *
 * The outcome and the facts per host are in the memo at any time.
 *
 * @returns the final status of a deploy that succeeded
 */
export async function deploy(input: DeployInput): Promise<DeployStatus> {
  const cancel = CancellationScope.current();
  const run = new Deploy(await checkedDeploy(input), cancel);
  let superseded: Supersession | null;
  try {
    await run.prepare();
    superseded = await run.release();
    // The last step may have succeeded all the same, and no other one was begun that would tell.
    if (cancel.consideredCancelled) throw new CancelledFailure('cancelled before the commit point');
  } catch (error) {
    // A step that was cancelled may have failed in its own way first: what counts is that a cancel was asked for.
    const cancelled = isCancellation(error) || cancel.consideredCancelled;
    return await CancellationScope.nonCancellable(() => run.takeBack(error, cancelled));
  }
  if (superseded !== null) return await run.leave(superseded);
  return await CancellationScope.nonCancellable(() => run.finish());
}

/** The commit that is to be deployed; a release that stands on the hosts already needs nothing of its files. */
interface WantedCommit {
  commit: string;
  project: ProjectFacts | null;
}

/** One run: its hosts, its status, and the phases in the order of the runbook. */
class Deploy {
  private readonly hosts: DeployHost[];
  private readonly status: DeployStatus;
  private readonly publisher: StatusPublisher;
  private readonly operator = new Operator((choice) => leadsTo(choice, this.status));
  private readonly settle: SettleAll;
  private readonly singletons: Singletons;
  /** The hosts where the declared migration has run: not again, whatever is tried again. */
  private readonly migrated = new Set<string>();

  /** @param cancel the scope of the whole run: what comes after it is shielded from a cancel, and still has to know of it */
  constructor(
    private readonly input: DeployInput,
    private readonly cancel: CancellationScope,
  ) {
    this.status = initialStatus(input);
    this.publisher = new StatusPublisher(this.status);
    this.settle = new SettleAll(this.publisher, this.operator);
    this.hosts = input.hosts.map((host) => new DeployHost(input, host, () => this.publisher.publish()));
    this.singletons = new Singletons(this.hosts);
    for (const host of this.hosts) this.status.hosts[host.name] = host.fact;
    this.publisher.publish();
  }

  /** Changes nothing that is live, except by a declared migration. */
  async prepare(): Promise<void> {
    const { commit, project } = await this.look();
    this.status.commit = commit;
    this.publisher.publish();
    refuseByFacts(project);
    for (const host of this.hosts) host.check(commit, project);
    // Changes of live releases go batch by batch, also in a repair.
    const restoring = new Semaphore(this.input.batch);
    await abortOnFirst(this.hosts, (host) => host.prepare(commit, project, restoring));
    if (!this.input.stopFirst)
      for (const { hosts, work } of this.proofs(this.hosts)) await abortOnFirst(hosts, work);
  }

  /** The proofs before a release serves, in this order; they run as the service's user. */
  private *proofs(hosts: DeployHost[]): Generator<Phase> {
    for (const host of this.migrating(hosts)) {
      yield { hosts: [host], work: (each) => each.do(migrate) };
      this.migrated.add(host.name);
    }
    yield { hosts: hosts.filter((host) => host.needsRehearsal), work: (host) => host.do(rehearse) };
  }

  private migrating(hosts: DeployHost[]): DeployHost[] {
    const { migrate: migration } = this.input.settings;
    if (!migrates(this.input) || migration === null) return [];
    if (migratesOnEach(migration)) return hosts.filter(({ name }) => !this.migrated.has(name));
    return this.migrated.size === 0 ? hosts.slice(0, 1) : [];
  }

  /** From what serves now to the new release, on the hosts of one batch. */
  private *phases(batch: DeployHost[]): Generator<Phase> {
    if (this.input.stopFirst) {
      yield { hosts: batch, work: (host) => host.stopFirst() };
      yield { hosts: batch, work: (host) => host.do(preImport) };
      yield* this.proofs(batch);
    }
    yield { hosts: batch, work: (host) => host.putInService() };
  }

  /**
   * Batch by batch: a release that only fails in service does so on few hosts.
   * @returns who cut a soak short to deploy something else; null: it is released everywhere
   */
  async release(): Promise<Supersession | null> {
    this.publisher.enter('release');
    const batches = this.batches(this.hosts);
    for (const batch of batches) {
      for (const { hosts, work } of this.phases(batch)) await abortOnFirst(hosts, work);
      if (batch === batches.at(-1))
        for (const { hosts, work } of this.singletons.move('release', withinMinutes))
          await abortOnFirst(hosts, work);
      this.publisher.publish();
      const superseded = await this.soak(batch);
      if (superseded !== null) return superseded;
    }
    await abortOnFirst(batches.slice(0, -1).flat(), (host) => host.stillServes());
    return null;
  }

  /** Hours are possible, and a hotfix must not wait for them. */
  private async soak(batch: DeployHost[]): Promise<Supersession | null> {
    if (batch.every((host) => host.soakSettings === null)) return null;
    const answered = this.operator.unlessAnswered(() => abortOnFirst(batch, (host) => host.soak()), {
      mayDecide: () => false,
      maySupersede: () => true,
    });
    this.publisher.publish();
    const answer = await answered;
    this.publisher.publish();
    return answer !== null && 'superseded' in answer ? answer.superseded : null;
  }

  /** Ends a soak for another deploy: the live release stays, and nothing is undone. */
  async leave(by: Supersession): Promise<never> {
    return await CancellationScope.nonCancellable(async () => {
      for (const { fact } of this.hosts) if (fact.state === 'soaking') fact.state = 'released';
      await this.settle.each(this.hosts, (host) => host.close('superseded'));
      return await this.supersede(nameOf(by));
    });
  }

  /** Only forward from the first host that is marked good, also when a cancel is asked for. */
  async finish(): Promise<DeployStatus> {
    this.publisher.enter('finish');
    for (;;) {
      const unfinished = this.hosts.filter((host) => host.fact.state !== 'good' && !host.isFenced);
      const noneIsGood = () => this.hosts.every((host) => host.fact.state !== 'good');
      const isPastReturn = () => !noneIsGood();
      const trouble = await this.settle.untilAnswered(unfinished, (host) => host.markGood(), isPastReturn);
      if (trouble === null) break;
      if (trouble.answer === null && noneIsGood())
        return await this.takeBack(trouble.failure, this.cancel.consideredCancelled);
      const choice = await this.choiceIn(trouble);
      if (choice === 'accept') return await this.accept(trouble);
      if (choice === 'go-forward')
        await this.goForward(unfinished.filter((host) => host.fact.state !== 'good'));
      else if (choice !== 'retry') unknownChoice(choice);
    }
    return await endRun(this.publisher, this.hosts.some((host) => host.isFenced) ? 'superseded' : 'deployed');
  }

  /** After a failure or a cancel: everything as it was, or a person is asked. */
  async takeBack(error: unknown, cancelled: boolean): Promise<DeployStatus> {
    this.status.cancelled = cancelled;
    this.status.reason = reasonOf(error);
    const failed = this.hosts.find((host) => host.name === this.status.reason?.host);
    if (failed !== undefined) failed.fact.problem = this.status.reason.message;
    if (isFenced(error)) failed?.letGo(this.status.reason.message);
    if (this.hosts.some((host) => host.isChanged)) this.publisher.enter('rollback');
    for (;;) {
      const trouble = (await this.rollback(error)) ?? (await this.singletonsBack());
      if (trouble === null) break;
      const choice = await this.choiceIn(trouble);
      if (choice === 'accept') return await this.accept(trouble);
      if (choice === 'go-forward') {
        if (await this.goForwardUnlessCancelled()) return await this.finish();
      } else if (choice !== 'retry') unknownChoice(choice);
    }
    const touched = this.hosts.filter((host) => host.isTouched);
    const outcome = touched.length === 0 ? 'rejected' : 'rolled-back';
    await this.settle.each(this.hosts, (host) => host.discard(outcome));
    // Another run owns a host that this run had changed: that run decides about the host.
    return await endRun(this.publisher, touched.some((host) => host.isFenced) ? 'superseded' : outcome);
  }

  private async rollback(error: unknown): Promise<Trouble | null> {
    const changed = this.hosts.filter((host) => host.isChanged);
    return await this.settle.untilAnswered(changed, (host) => host.rollback(evidenceFrom(error, host.name)));
  }

  /** After the web servers of all hosts, which users wait for. */
  private async singletonsBack(): Promise<Trouble | null> {
    if (this.singletons.areUntouched) return null;
    for (const { hosts, work } of this.singletons.move('target', untilReachable)) {
      const trouble = await this.settle.untilAnswered(hosts, work);
      if (trouble !== null) return trouble;
    }
    return null;
  }

  /** Leaves the hosts as they stand, as an operator chose: what is good is good, and nothing else is verified. */
  private async accept({ failure }: Trouble): Promise<DeployStatus> {
    this.status.reason ??= reasonOf(failure);
    const left = this.hosts.filter((host) => host.fact.state !== 'good');
    await this.settle.each(left, (host) => host.discard('accepted'));
    return await endRun(this.publisher, 'accepted');
  }

  /** Before the commit point, so a cancel counts. @returns whether the new release serves, and the deploy may continue */
  private async goForwardUnlessCancelled(): Promise<boolean> {
    const { reason } = this.status;
    // The operator has overruled one that came before.
    const overruled = this.cancel.consideredCancelled;
    const isCancelled = () => !overruled && this.cancel.consideredCancelled;
    const serves = await this.goForward(this.hosts, isCancelled);
    if (!isCancelled()) return serves;
    this.status.cancelled = true;
    if (this.status.reason === reason)
      this.status.reason = reasonOf(new CancelledFailure('cancelled before the commit point'));
    this.publisher.enter('rollback');
    return false;
  }

  /** The new release once more, as an operator chose. @returns whether it serves now */
  private async goForward(hosts: DeployHost[], isCancelled = () => false): Promise<boolean> {
    const { phase } = this.status;
    this.publisher.enter('release');
    for (const { hosts: some, work } of this.phasesForward(hosts.filter((host) => !host.isFenced))) {
      if (isCancelled()) return false;
      const [failure] = await this.settle.each(some, work);
      if (failure === undefined) continue;
      this.status.reason = reasonOf(failure);
      this.publisher.enter(phase);
      return false;
    }
    return true;
  }

  private *phasesForward(hosts: DeployHost[]): Generator<Phase> {
    for (const batch of this.batches(hosts)) {
      yield { hosts: batch, work: (host) => host.turnForward() };
      yield* this.phases(batch);
    }
    yield* this.singletons.move('release', withinMinutes);
  }

  private batches(hosts: DeployHost[]): DeployHost[][] {
    const count = Math.ceil(hosts.length / this.input.batch);
    const size = this.input.batch;
    return Array.from({ length: count }, (_, index) => hosts.slice(index * size, (index + 1) * size));
  }

  /** All hosts and the repository at once. @returns the commit that is to be deployed */
  private async look(): Promise<WantedCommit> {
    const { service, source, repository, path, settings } = this.input;
    let wanted: WantedCommit | null = null;
    const resolve = async (ref: string, asked = settings) => {
      // The first clone of a large repository takes its time.
      const steps = lasting(`which commit is ${ref.slice(0, 60)}`, 600_000);
      wanted = await steps.resolveCommit({ service, repository, path, ref, settings: asked });
    };
    const looks = this.hosts.map((host) => () => host.inspect());
    if ('ref' in source) looks.push(() => resolve(source.ref));
    await abortOnFirst(looks, (look) => look());
    if ('restart' in source) await resolve(liveCommit(this.hosts), this.hosts[0]?.liveSettings);
    return wanted ?? { commit: previousCommit(this.hosts), project: null };
  }

  /** The choice of an operator, who is asked unless the answer came already. The wait has no limit. */
  private async choiceIn({ failure, answer }: Trouble): Promise<Choice> {
    if (answer === null) this.publisher.sayOperatorNeeded(failure, this.operator.pose());
    const answered = answer ?? (await this.operator.ask());
    if ('superseded' in answered) return await this.supersede(nameOf(answered.superseded));
    this.publisher.sayDecided(answered.decision);
    return answered.decision.choice;
  }

  /** Another deploy owns the hosts now: nothing more is changed here. */
  private async supersede(by: string): Promise<never> {
    this.status.decisions.push(`superseded by ${by}`);
    await endRun(this.publisher, 'superseded');
    throw new Error('unreachable: a superseded run has ended');
  }
}

function nameOf({ commit, by }: Supersession): string {
  return `${shortCommit(commit)}, asked for by ${by}`;
}
