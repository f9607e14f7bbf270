/** Whether the wanted release serves, judged from what was seen. Pure, so that tests show each case. */
import type { ServiceSettings } from '../config/deploy-input';
import type { ProbeAnswer, UnitState } from '../host/protocol';
import { inWords, isReady, unitInWords } from './readiness';

/** By then a start that fails has failed again: systemd's own restarts are no cure. */
const MOST_RESTARTS = 2;

/** Workers beyond the configured number that may come and go before it is called a loop. */
const SPARE_WORKERS = 6;

/** What was seen of one start so far, and what follows from it. */
export class Watch {
  goodAnswers = 0;
  invocation: string | null = null;
  lastAnswer: ProbeAnswer | null = null;
  private unit: UnitState | null = null;
  private startBefore: string | null = null;
  private readonly workersSeen = new Set<number>();

  /** @param expected what must answer; `release: null` is the unit in force, which is not one of ours */
  constructor(private readonly expected: { settings: ServiceSettings; release: string | null }) {}

  /** One answer, and the state of the unit right after it. */
  see(unit: UnitState, answer: ProbeAnswer): void {
    const sameStart = unit.invocation === this.invocation;
    for (const pid of unit.workers) this.workersSeen.add(pid);
    this.unit = unit;
    this.lastAnswer = answer;
    // A start that failed leaves no invocation behind while systemd waits; its journal is still wanted.
    if (unit.invocation !== '' && !sameStart) {
      this.startBefore = this.invocation;
      this.invocation = unit.invocation;
    }
    if (!isReady(answer) || this.whyNotOurs() !== null) this.goodAnswers = 0;
    // The first answer after a new start may still have come from the start before it.
    else this.goodAnswers = sameStart ? this.goodAnswers + 1 : 0;
  }

  /**
   * The start whose journal tells why. While systemd begins one after the other that is the one
   * before: the present one has hardly said anything yet.
   */
  get tellingStart(): string | null {
    return this.unit !== null && this.unit.restarts > 0
      ? (this.startBefore ?? this.invocation)
      : this.invocation;
  }

  /** Why it will not become ready any more; null while it still may. */
  crashLoop(): string | null {
    const { unit, expected } = this;
    if (unit === null) return null;
    if (unit.active === 'failed') return unitInWords(unit);
    if (unit.active === 'inactive' && unit.mainPid === 0) return unitInWords(unit);
    // systemd counts from zero after a restart that was asked for.
    if (unit.restarts >= MOST_RESTARTS) return unitInWords(unit);
    const usual = expected.settings.gunicorn.workers + SPARE_WORKERS;
    if (this.workersSeen.size > usual)
      return `${this.workersSeen.size} workers were started one after the other`;
    return null;
  }

  inWords(): string {
    if (this.unit === null || this.lastAnswer === null) return 'not asked yet';
    const why = this.whyNotOurs();
    const { path, successes } = this.expected.settings.readiness;
    const answer = `${path}: ${inWords(this.lastAnswer)}`;
    if (why !== null) return `${answer}; but ${why}`;
    return isReady(this.lastAnswer) ? `${answer}, ${this.goodAnswers} of ${successes} in a row` : answer;
  }

  /** Why an answer now would not be the wanted release's; null: it is. */
  private whyNotOurs(): string | null {
    const { unit, expected } = this;
    if (unit === null) return 'the unit was not seen yet';
    if (unit.active !== 'active') return unitInWords(unit);
    if (expected.release !== null && unit.release !== expected.release) {
      return `the running process is ${unit.release ?? 'not a release'}, not ${expected.release}`;
    }
    if (unit.listener === 'other') return `its address is answered by a process outside of ${unit.unit}`;
    if (unit.listener === 'nobody') return `${unit.unit} does not listen on its address`;
    return null;
  }
}
