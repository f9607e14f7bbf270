import type { Activities } from '../activities';
import type { DoctorInput, HostTarget } from '../config/deploy-input';
import { drainingIn, together } from '../deployment/draining';
import type { Inspection } from '../deployment/inspection';
import { environmentInWords, environmentOf, isOlder } from '../deployment/managed-environment';
import { type Place, placeOf } from '../deployment/plan/placement';
import type { Written } from '../deployment/plan/rollback-target';
import type { Draining, HostFact } from '../deployment/status';
import { firstContact, quick } from './steps';

type Purpose = Parameters<Activities['inspectHost']>[0]['purpose'];

/** One host of a run: what people are told of it, and the claim that proves that a change there is this run's. */
export class Host {
  readonly fact: HostFact = { state: 'unseen', live: null, problem: null };
  /** Counts the live changes, undo included; the host refuses a lower number. 0: none yet. */
  private seq = 0;
  /** null: the host has not accepted this run. */
  private fence: number | null = null;
  private managed: Inspection['managed'];

  constructor(
    readonly input: DoctorInput,
    readonly target: HostTarget,
    /** Tells people what the fact says now. */
    readonly publish: () => void,
  ) {}

  get name(): string {
    return this.target.name;
  }

  get isClaimed(): boolean {
    return this.fence !== null;
  }

  /** The input of every step. */
  get on() {
    return { service: this.input.service, host: this.target };
  }

  get claimed() {
    if (this.fence === null) throw new Error('a host is claimed before it is changed');
    return { ...this.on, claim: { fence: this.fence, seq: this.seq } };
  }

  /** The claim of the next live change. */
  nextChange() {
    this.seq += 1;
    return this.claimed;
  }

  /** The settings of landfall.yaml for the service on this host. */
  get written(): Written {
    return { settings: this.input.settings, bind: this.target.bind };
  }

  get place(): Place {
    return placeOf(this.input, this.name);
  }

  /** @param installs whether hosts where the deploying user may do everything get this version of the helper */
  async look(question: string, purpose: Purpose, installs = false): Promise<Inspection> {
    const { environment, settings } = this.input;
    const asked = { ...this.on, environment, settings, purpose, installs };
    const { note: _, ...seen } = await firstContact(`${this.name}: ${question}`).inspectHost(asked);
    this.managed = seen.managed;
    this.showLive(seen.live);
    this.showDraining(drainingIn(seen.processes));
    if (this.fact.state === 'unseen') this.fact.state = 'untouched';
    return seen;
  }

  /** Notes the live release, as far as this run knows. */
  showLive(release: string | null): void {
    this.fact.live = release;
    const environment = environmentOf(this.managed, release);
    if (environment !== null) this.fact.environment = environment;
    else delete this.fact.environment;
  }

  /** The version with which a new release was staged; it may be newer than that of the look. */
  staged(release: string, version: number | undefined): void {
    if (version === undefined) return;
    const { newest = 0, releases = {} } = this.managed ?? {};
    this.managed = { newest: Math.max(newest, version), releases: { ...releases, [release]: version } };
  }

  /** ` with environment 6 (now: 7)`, for a release that does not have the newest one; else nothing. */
  olderEnvironment(release: string | null): string {
    const environment = environmentOf(this.managed, release);
    return environment !== null && isOlder(environment) ? ` with ${environmentInWords(environment)}` : '';
  }

  /** Adds to the processes of which people are told already. */
  showDraining(more: Draining[]): void {
    const draining = together(more, this.fact.draining);
    if (draining !== undefined) this.fact.draining = draining;
  }

  /** @returns whether another run had left its claim open: its deploy was abandoned */
  async claim(commit: string, by: string): Promise<boolean> {
    const { takeOver } = this.input;
    const wanted = { ...this.on, commit, by, takeOver };
    const { fence, tookOver } = await quick(`${this.name}: claim`).claimHost(wanted);
    this.fence = fence;
    return tookOver;
  }

  async tidyUp(): Promise<void> {
    await quick(`${this.name}: tidy up leftovers`).repairHost(this.claimed);
  }
}
