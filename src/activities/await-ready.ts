import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../config/deploy-input';
import { fail } from '../failures';
import type { Dependencies } from './dependencies';
import { takeEvidence } from './evidence';
import { askerFor } from './readiness';
import { heartbeating, hostOf, type Noted, type OnHost, seconds } from './step';
import { Watch } from './watch';

export interface AwaitReadyInput extends OnHost {
  settings: ServiceSettings;
  /** Who must answer; null: the unit in force, which is not one of ours. */
  release: string | null;
}

/** A later attempt may begin late, after an outage of worker or engine: it still gets to see a good streak. */
const LEAST_SECONDS = 5;

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
      const { scheduledTimestampMs: began, attempt } = Context.current().info;
      const least = attempt === 1 ? 0 : Date.now() + LEAST_SECONDS * 1000;
      const deadline = Math.max(began + readiness.timeoutSeconds * 1000, least);
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
              evidence: await takeEvidence(call, watch.tellingStart, watch.lastAnswer),
            },
          );
        }
        // Between good answers there is nothing to wait for.
        await Context.current().sleep(watch.goodAnswers > 0 ? FIRST_PAUSE : pause);
      }
    });
}
