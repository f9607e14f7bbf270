import type { Inspection } from '../activities/observe/inspect-host';
import type { DoctorInput, HostTarget, ServiceSettings } from '../config/deploy-input';
import type { Overlap } from '../deployment/plan/switchover';
import type { WayBack } from '../deployment/probes';
import type { HostFact } from '../deployment/status';
import type { Policy } from '../host-agent/contract-types';
import type { lasting } from './steps';

/** What a rollback goes back to: what was live and ready, if that is known to be good; else last good; else nothing. */
export interface RollbackTarget {
  /** null: the unit from before, which is not one of ours, or nothing. */
  release: string | null;
  /** It is what boots, not what was live. */
  boot: boolean;
  /** Nothing ran and nothing is to run. */
  nothing: boolean;
  /** It runs beside others, on the shared socket. */
  instance: boolean;
}

interface Awaiting {
  proven?: boolean;
  way?: Pick<WayBack, 'address' | 'settings'> | null;
  start?: string;
}

/** What root has to have allowed on a host. */
export function policyFor({ service, settings }: DoctorInput, host: HostTarget): Policy {
  const { user, base, envFiles, unit } = settings;
  return { service, user, deployUser: host.user, base, envFiles, unit };
}

/** One host of a deploy: what is known about it, and what proves that a change there is this run's. */
export class HostRun {
  readonly fact: HostFact = { state: 'unseen', live: null, problem: null };
  /** Found by the first step. */
  inspection: Inspection | null = null;
  /** True once what serves may have been stopped or changed by this run. */
  restarted = false;
  /** True once the host has said that another deploy owns it. */
  fenced = false;
  /** True while nothing is done there but to wait until it can be reached. */
  waits = false;
  /** What is live was left by a deploy that never ended: nothing goes back to it. */
  protected distrustsLive = false;
  protected fence = 0;
  /** Counts the live changes, undo included; the host refuses a lower one. */
  private seq = 0;
  protected release: string | null = null;
  protected commit = '';
  /** As landfall.yaml has them, or as they were when a release was good that is put in service again. */
  settings: ServiceSettings;

  constructor(
    readonly input: DoctorInput,
    readonly host: HostTarget,
    /** Tells people what the fact says now. */
    readonly publish: () => void,
  ) {
    this.settings = input.settings;
  }

  get name(): string {
    return this.host.name;
  }

  /** How the new release gets beside the live one; null: it takes its place by a restart. */
  get overlap(): Overlap | null {
    return this.inspection?.overlap ?? null;
  }

  get target(): RollbackTarget {
    const { inspection } = this;
    if (inspection === null) throw new Error('a host is inspected before it is changed');
    const { running, ready, live, lastGood, bootIsForeign = false } = inspection;
    const asLive = { release: live, boot: false, instance: inspection.liveIsInstance ?? false };
    if (running && ready && !this.distrustsLive) return { ...asLive, nothing: false };
    if (lastGood !== null) {
      return { release: lastGood, boot: true, nothing: false, instance: inspection.bootIsInstance ?? false };
    }
    if (!this.distrustsLive) return { ...asLive, nothing: !running };
    return { release: null, boot: bootIsForeign, nothing: !bootIsForeign, instance: false };
  }

  /**
   * How that release ran when it was found good, which may be with another app, address or path than the
   * new one's; null: nothing is known of that, so that landfall.yaml counts.
   * @param release null: the unit from before, which is not one of ours
   */
  wayBackTo(release: string | null): WayBack | null {
    const { waysBack, live, lastGood, previousGood } = this.inspection ?? {};
    if (release === live) return waysBack?.live ?? null;
    if (release === lastGood) return waysBack?.lastGood ?? null;
    return (release === previousGood?.release && waysBack?.previousGood) || null;
  }

  /** What runs was never good, and is no rollback target; as long as nothing better serves, it goes on. */
  get leavesLiveAlone(): boolean {
    return this.distrustsLive && (this.inspection?.running ?? false);
  }

  get newRelease(): string {
    if (this.release === null) throw new Error('a host is prepared before it is changed');
    return this.release;
  }

  get newCommit(): string {
    return this.commit;
  }

  get policy(): Policy {
    return policyFor(this.input, this.host);
  }

  /** What every look at the host needs to know. */
  get looking() {
    const { environment, settings } = this.input;
    return { ...this.onHost, environment, settings };
  }

  get onHost() {
    return { service: this.input.service, host: this.host };
  }

  get claimed() {
    return { ...this.onHost, claim: { fence: this.fence, seq: this.seq } };
  }

  /** The claim of the next live change. */
  nextChange() {
    this.seq += 1;
    return this.claimed;
  }

  /**
   * @param release who must answer; null: the unit in force, which is not one of ours
   * @param options proven: it has passed its gate, so that bad answers are not waited out; way: how
   *   it was when it was good, if it is not the new one; start: systemd's id of what was started for it
   */
  async awaitReady(
    steps: typeof lasting,
    summary: string,
    release: string | null,
    { proven = false, way = null, start }: Awaiting = {},
  ): Promise<void> {
    const { settings } = way ?? this;
    const host = { ...this.host, bind: way?.address ?? this.host.bind };
    const limit = settings.readiness.timeout + (proven ? settings.gunicorn.gracefulTimeout : 0);
    const commit = release !== null && release === this.release ? this.commit : null;
    const who = { settings, release, commit, proven, start };
    await steps(`${this.name}: ${summary}`, limit).awaitReady({ ...this.onHost, host, ...who });
  }
}
