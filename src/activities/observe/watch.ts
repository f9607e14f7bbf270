/** Whether the wanted release serves, judged from what was seen. Pure, so that tests show each case. */
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import type { ProbeAnswer, UnitState } from '../../contract/contract-types';
import { Flapping } from '../../deployment/flapping';
import { type CauseName, FinalCauses, fieldOf } from '../../deployment/judge';
import type { Verified } from '../../deployment/model';
import { serverOf } from '../../deployment/server';
import { SPEAKS_TLS } from '../../http/ask';
import { type Clock, monotonic } from '../step-time';
import { judgedAnswer, judgedInWords, unitInWords } from './readiness';

/**
 * How often systemd may have restarted the unit. A new release gets no restart, because it was tried before. A
 * rollback target may need a second try after the release that it replaces.
 */
const RESTARTS = { new: 1, old: 2 };

/** Workers beyond the configured number that may come and go in a minute before it is called a loop. */
const SPARE_WORKERS = 6;
const MINUTE = 60_000;

/** Longer than a process lives that cannot open its address or read its settings. */
const FOREIGN_RUNS_MS = 5_000;

/** The release that must answer. */
export interface Expected {
  host: Pick<HostTarget, 'bind'>;
  settings: ServiceSettings;
  /** null: the current unit, which Landfall did not write. */
  release: string | null;
  /** Its commit when it is the new one, whose answers have to name the release or this; null: it was there before. */
  commit: string | null;
  /** The release has served already: it must not end even once, and bad answers count from the first one. */
  proven: boolean;
  /** Of a unit that Landfall did not write, how it has to answer; absent: any answer counts, or that it runs. */
  verified?: Verified;
  /** systemd's id of its start, when that is known from before the first look. */
  start: string | null;
}

/** The observations of one start so far, and the conclusions from them. */
export class Watch {
  goodAnswers = 0;
  invocation: string | null;
  lastAnswer: ProbeAnswer | null = null;
  private unit: UnitState | null = null;
  private startBefore: string | null = null;
  /** Since when each look found a bad answer, or another process that answers. */
  private badSince: number | null = null;
  private wasAlone = false;
  private firstRestarts: number | null = null;
  private seenInvocation: string | null = null;
  private invocationSince = 0;
  private readonly causes = new FinalCauses();
  private readonly flapping = new Flapping();
  /** When each worker was first seen. */
  private readonly workersSeen = new Map<number, number>();

  constructor(
    private readonly expected: Expected,
    private readonly now: Clock = monotonic,
  ) {
    this.invocation = expected.start;
  }

  /** Answers in a row, of which only the last one may be bad, and the state of the unit right after them. */
  see(unit: UnitState, ...answers: [ProbeAnswer, ...ProbeAnswer[]]): void {
    // Another process accepted connections at the time of the question.
    const before = this.unit?.listener;
    const doubtful = before === 'shared' || before === 'other' || before === 'unknown';
    const sameStart = unit.invocation === this.invocation;
    this.seeUnit(unit);
    const answer = answers.at(-1) ?? answers[0];
    this.lastAnswer = answer;
    const ours =
      this.whyNotOurs() === null && (!doubtful || (this.expected.release === null && before !== 'shared'));
    const good = answers.every((one) => this.isReady(one) && this.namesAnother(one) === null);
    this.causes.see(ours ? this.causeOf(answer) : null, this.now());
    // Until the release was alone once, the previous one may still take connections. This does not count against it.
    const excused = !this.wasAlone && (unit.listener === 'shared' || before === 'shared');
    if (unit.listener === 'unit') this.wasAlone = true;
    const bad = !good || (this.expected.proven && this.whyNotOurs() !== null);
    this.badSince = bad && !excused ? (this.badSince ?? this.now()) : null;
    if (!excused && (ours || this.expected.proven))
      for (const one of answers) this.flapping.see(one === answer ? bad : !this.isReady(one));
    if (!good || !ours) this.goodAnswers = 0;
    // An answer between looks at two different starts may have come from the earlier start.
    else this.goodAnswers = sameStart ? this.goodAnswers + answers.length : 0;
  }

  /** Whether the answer is good, apart from which release it names. Of a unit from before Landfall, any one is. */
  isReady(answer: ProbeAnswer): boolean {
    const { settings, host, release, verified } = this.expected;
    if (release === null && verified !== 'ready') {
      const answers = answer.status !== null && this.unit?.listener !== 'other';
      return answers || (verified === undefined && this.foreignServes());
    }
    return judgedAnswer(answer, settings.readiness, host.bind)?.good ?? false;
  }

  /** A unit from before Landfall that answers no HTTP at the address: it listens there, or has run for a while. */
  private foreignServes(): boolean {
    const { unit, invocationSince } = this;
    if (unit?.active !== 'active') return false;
    return unit.listener === 'unit' || this.now() - invocationSince >= FOREIGN_RUNS_MS;
  }

  private causeOf(answer: ProbeAnswer): CauseName | null {
    if (answer.error === SPEAKS_TLS) return 'tls';
    const { settings, host } = this.expected;
    const judged = judgedAnswer(answer, settings.readiness, host.bind);
    return judged === null || judged.good ? null : (judged.cause?.name ?? null);
  }

  /** Whether its answers show that waiting repairs nothing. Never of a release that was there before. */
  get isHopeless(): boolean {
    return this.expected.commit !== null && this.causes.isOver(this.now());
  }

  /**
   * Whether its answers turn bad again and again; in words. Workers that have not proven themselves may do so until
   * all have started. A release that was there before is given its time.
   */
  flaps(): string | null {
    const { proven, commit } = this.expected;
    return proven && commit !== null ? this.flapping.problem() : null;
  }

  /** How often its answers were bad; null: never since the first good one. */
  get badAnswers(): string | null {
    return this.flapping.note();
  }

  /** Whether the last look found something bad. */
  get isBad(): boolean {
    return this.badSince !== null;
  }

  /** Whether an answer of this moment would count. */
  get isOurs(): boolean {
    return this.whyNotOurs() === null;
  }

  /** The state of the unit alone. */
  seeUnit(unit: UnitState): void {
    for (const pid of unit.workers) if (!this.workersSeen.has(pid)) this.workersSeen.set(pid, this.now());
    this.unit = unit;
    this.firstRestarts ??= unit.restarts;
    if (unit.invocation !== this.seenInvocation) this.invocationSince = this.now();
    this.seenInvocation = unit.invocation;
    // A start that failed leaves no invocation behind while systemd waits; its journal is still wanted.
    if (unit.invocation !== '' && unit.invocation !== this.invocation) {
      this.startBefore = this.invocation;
      this.invocation = unit.invocation;
    }
  }

  /**
   * The start whose journal tells why. While systemd begins one after the other that is the one
   * before: the present one has hardly said anything yet.
   */
  get tellingStart(): string | null {
    return (this.unit?.restarts ?? 0) > 0 ? (this.startBefore ?? this.invocation) : this.invocation;
  }

  /** For how long every answer was bad and certainly the release's own; milliseconds. */
  get badFor(): number {
    return this.badSince === null ? 0 : this.now() - this.badSince;
  }

  /** Why it will not become ready any more; null while it still may. */
  crashLoop(): string | null {
    const { unit, expected } = this;
    if (unit === null) return null;
    if (unit.active === 'failed') return unitInWords(unit);
    if (unit.active === 'inactive' && unit.mainPid === 0) return unitInWords(unit);
    // systemd counts from zero after a restart that was asked for.
    const isNew = expected.proven || expected.commit !== null;
    // A release that ran before may have been restarted long ago.
    const longAgo = !isNew && unit.active === 'active' ? (this.firstRestarts ?? 0) : 0;
    const restarts = (unit.restarts ?? 0) - longAgo;
    if (restarts >= (isNew ? RESTARTS.new : RESTARTS.old)) return unitInWords(unit);
    if (expected.proven && (unit.mainPid === 0 || this.startBefore !== null)) return unitInWords(unit);
    const lately = [...this.workersSeen.values()].filter((seen) => this.now() - seen < MINUTE).length;
    // A unit from before Landfall has as many as it likes.
    if (expected.release === null) return null;
    if (lately > Math.max(serverOf(expected.settings).workers ?? 0, unit.workers.length) + SPARE_WORKERS)
      return `${lately} workers were started one after the other`;
    return null;
  }

  inWords(): string {
    if (this.unit === null || this.lastAnswer === null) return 'readiness was not asked yet';
    const why = this.whyNotOurs() ?? this.namesAnother(this.lastAnswer);
    const { readiness } = this.expected.settings;
    const answer = judgedInWords(this.lastAnswer, readiness, this.expected.host.bind);
    if (why !== null) return `${answer}; but ${why}`;
    return this.isReady(this.lastAnswer)
      ? `${answer}, ${this.goodAnswers} of ${readiness.successes} in a row`
      : answer;
  }

  /** Why an answer now would not be the wanted release's; null: it is. */
  private whyNotOurs(): string | null {
    const { unit, expected } = this;
    if (unit === null) return 'the unit was not seen yet';
    if (unit.active !== 'active') return unitInWords(unit);
    const isShared = unit.listener === 'shared';
    // A unit from before Landfall may listen elsewhere.
    if (expected.release === null && !isShared) return null;
    if (expected.release !== null && unit.release !== expected.release) {
      return `the running process is ${unit.release ?? 'not a release'}, not ${expected.release}`;
    }
    if (unit.listener === 'other') return `its address is answered by a process outside of ${unit.unit}`;
    if (isShared) return 'the previous release still takes connections too';
    if (unit.listener === 'unknown')
      return `${unit.unit} has too many processes or open files to tell who answers its address`;
    if (unit.listener === 'nobody') return `${unit.unit} does not listen on its address`;
    return null;
  }

  /** Why what the answer says about itself is not the wanted release; null: nothing to compare, or right. */
  private namesAnother(answer: ProbeAnswer): string | null {
    const { settings, release, commit } = this.expected;
    const where = settings.readiness.release ?? null;
    // Those before it may not have said anything about themselves yet.
    if (where === null || commit === null || !this.isReady(answer)) return null;
    const named =
      'header' in where ? answer.headers[where.header.toLowerCase()] : textOf(answer.body, where.field);
    const place = 'header' in where ? `its header ${where.header}` : `its field ${where.field}`;
    if (named === undefined) return `${place} is missing`;
    const isCommit = named.length >= 7 && commit.startsWith(named.toLowerCase());
    // Not what it names: that is the app's own text, and the controller does not know the host's secrets.
    return named === release || isCommit ? null : `${place} does not name ${release}`;
  }
}

/** A text of a JSON body; undefined without a text there. */
function textOf(body: string, field: string): string | undefined {
  const value = fieldOf(body, field);
  return typeof value === 'string' ? value : undefined;
}
