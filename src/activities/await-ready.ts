import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../config/deploy-input';
import type { ProbeAnswer, UnitState } from '../host/protocol';
import { fail } from '../failures';
import type { Dependencies } from './dependencies';
import { takeEvidence } from './evidence';
import { askerFor, inWords, isReady, unitInWords } from './readiness';
import { heartbeating, hostOf, type Noted, type OnHost, seconds } from './step';

export interface AwaitReadyInput extends OnHost {
  settings: ServiceSettings;
  /** Who must answer; null: the unit in force, which is not one of ours. */
  release: string | null;
}

/** By then a start that fails has failed again: systemd's own restarts are no cure. */
const MOST_RESTARTS = 2;

/** Workers beyond the configured number that may come and go before it is called a loop. */
const SPARE_WORKERS = 6;

const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 500;

/**
 * Waits until the service answers ready several times in a row and every one of those answers
 * came from the wanted release: the unit's main process was started from it, that same start
 * lasted throughout, and nobody else listens on the address. The deadline counts from the first
 * scheduling of this step, right after the restart. Changes nothing; safe to run twice.
 * @throws NotReady at the deadline; CrashLoop as soon as systemd or ever new workers say so; both
 *   with the evidence, taken before a rollback destroys it
 */
export function awaitReady(dependencies: Dependencies) {
  return (input: AwaitReadyInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const { readiness } = input.settings;
      const call = hostOf(dependencies, input);
      const asker = askerFor(dependencies, input, readiness);
      const began = Context.current().info.scheduledTimestampMs;
      const deadline = began + readiness.timeoutSeconds * 1000;
      const watch = new Watch(input);
      for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
        const answer = await asker.ask();
        watch.see(await call('observe', { address: input.host.bind }), answer);
        report(watch.inWords());
        if (watch.goodAnswers >= readiness.successes) {
          const took = seconds((Date.now() - began) / 1000);
          return { note: `ready after ${took}, ${watch.goodAnswers} answers in a row` };
        }
        const loop = watch.crashLoop();
        if (loop !== null || Date.now() > deadline) {
          throw fail(
            loop === null ? 'NotReady' : 'CrashLoop',
            loop === null
              ? `${input.service} on ${input.host.name} was not ready within ${readiness.timeoutSeconds} s: ${watch.inWords()}.`
              : `${input.service} on ${input.host.name} keeps crashing: ${loop}.`,
            {
              host: input.host.name,
              advice: 'Mend the cause; the journal of that start and its last answer tell.',
              evidence: await takeEvidence(call, watch.invocation, watch.lastAnswer),
            },
          );
        }
        // Between good answers there is nothing to wait for.
        await Context.current().sleep(watch.goodAnswers > 0 ? FIRST_PAUSE : pause);
      }
    });
}

/** What was seen of one start so far, and what follows from it. */
class Watch {
  goodAnswers = 0;
  invocation: string | null = null;
  lastAnswer: ProbeAnswer | null = null;
  private unit: UnitState | null = null;
  private readonly workersSeen = new Set<number>();

  constructor(private readonly input: AwaitReadyInput) {}

  /** One answer, and the state of the unit right after it. */
  see(unit: UnitState, answer: ProbeAnswer): void {
    const sameStart = unit.invocation === this.invocation;
    for (const pid of unit.workers) this.workersSeen.add(pid);
    this.unit = unit;
    this.lastAnswer = answer;
    // A start that failed leaves no invocation behind while systemd waits; its journal is still wanted.
    if (unit.invocation !== '') this.invocation = unit.invocation;
    if (!isReady(answer) || this.whyNotOurs() !== null) this.goodAnswers = 0;
    // The first answer after a new start may still have come from the start before it.
    else this.goodAnswers = sameStart ? this.goodAnswers + 1 : 0;
  }

  /** Why it will not become ready any more; null while it still may. */
  crashLoop(): string | null {
    const { unit, input } = this;
    if (unit === null) return null;
    if (unit.active === 'failed') return unitInWords(unit);
    if (unit.active === 'inactive' && unit.mainPid === 0) return unitInWords(unit);
    // systemd counts from zero after a restart that was asked for.
    if (unit.restarts >= MOST_RESTARTS) return unitInWords(unit);
    const usual = input.settings.gunicorn.workers + SPARE_WORKERS;
    if (this.workersSeen.size > usual) return `${this.workersSeen.size} workers were started one after the other`;
    return null;
  }

  inWords(): string {
    if (this.unit === null || this.lastAnswer === null) return 'not asked yet';
    const why = this.whyNotOurs();
    const answer = `${this.input.settings.readiness.path}: ${inWords(this.lastAnswer)}`;
    return why === null ? answer : `${answer}; but ${why}`;
  }

  /** Why an answer now would not be the wanted release's; null: it is. */
  private whyNotOurs(): string | null {
    const { unit, input } = this;
    if (unit === null) return 'the unit was not seen yet';
    if (unit.active !== 'active') return unitInWords(unit);
    if (input.release !== null && unit.release !== input.release) {
      return `the running process is ${unit.release ?? 'not a release'}, not ${input.release}`;
    }
    if (unit.listener === 'other') return `its address is answered by a process outside of ${unit.unit}`;
    if (unit.listener === 'nobody') return `${unit.unit} does not listen on its address`;
    return null;
  }
}
