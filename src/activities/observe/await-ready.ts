import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/units';
import { fail } from '../../deployment/failures';
import type { ProbeAnswer } from '../../host-agent/contract-types';
import { stopLimitMs } from '../../host-agent/unit';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost, seconds } from '../step';
import { monotonic, stepTime } from '../step-time';
import { takeEvidence } from './evidence';
import { askerFor, isReady, lineStoodStill } from './readiness';
import { Watch } from './watch';

export interface AwaitReadyInput extends OnHost {
  settings: ServiceSettings;
  /** Who must answer; null: the unit in force, which is not one of ours. */
  release: string | null;
  /** When it is the new one, whose answers may have to name it; null: it was there before. */
  commit?: string | null;
  /** It has passed its gate: what is bad now shows from outside only, and is not waited for. */
  proven?: boolean;
  /** The start that this run has just asked for: should it end before the first look, its journal is still the one that tells. */
  start?: string;
}

/** A later attempt may begin late, after an outage of worker or engine: it still gets to see a good streak. */
const LEAST_MS = 5_000;

/** A look at the unit costs as much as some answers, and what ended in between is wanted soon. */
const MOST_BETWEEN_LOOKS = 5;

const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 500;

/**
 * Waits until the service answers ready several times in a row and every one of those answers
 * came from the wanted release: the unit's main process was started from it, that same start
 * lasted throughout, and nobody else accepts connections on the address. The time counts from
 * the first attempt on, with the breaks between attempts; a proven release is given `readiness.tolerance` only, from the
 * first bad answer that is certainly its own. Changes nothing; safe to run twice.
 * @throws NotReady at the deadline; CrashLoop as soon as systemd or ever new workers say so; both
 *   with the evidence, taken before a rollback destroys it
 */
export function awaitReady(dependencies: Dependencies) {
  return (input: AwaitReadyInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const { readiness } = input.settings;
      const call = hostOf(dependencies, input);
      const asker = askerFor(dependencies, input, readiness);
      const time = stepTime();
      const least = Context.current().info.attempt === 1 ? 0 : time.passed + LEAST_MS;
      // A release before it that is stuck is ended by systemd, and until then answers prove nothing.
      const patience = input.proven ? stopLimitMs(input.settings) : 0;
      const limit = Math.max(readiness.timeout, patience);
      let deadline = Math.max(limit, least);
      const watch = new Watch(input);
      const { release } = input;
      const look = () => call('observe', { address: input.host.bind, release });
      watch.seeUnit(await look());
      for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
        const since = monotonic();
        const first = await asker.ask();
        // Two looks that find the same start, alone on the address, vouch for every answer between them.
        const more: ProbeAnswer[] = [];
        const missing = watch.isOurs && isReady(first) ? readiness.successes - watch.goodAnswers - 1 : 0;
        const wanted = Math.min(missing, MOST_BETWEEN_LOOKS);
        while (more.length < wanted && isReady(more.at(-1) ?? first)) more.push(await asker.ask());
        const unit = await look();
        if (lineStoodStill(since, 1 + more.length, readiness)) {
          deadline = Math.max(deadline, time.passed + LEAST_MS);
          continue;
        }
        watch.see(unit, first, ...more);
        report(watch.inWords());
        if (watch.goodAnswers >= readiness.successes) {
          const took = seconds(time.passed);
          return { note: `ready after ${took}, ${watch.goodAnswers} answers in a row` };
        }
        const loop = watch.crashLoop();
        const outside = input.proven === true && watch.badFor >= readiness.tolerance;
        if (loop !== null || outside || time.passed > deadline) {
          const service = `${input.service} on ${input.host.name}`;
          const late = `was not ready within ${inSeconds(readiness.timeout)}: ${watch.inWords()}.`;
          const bad = `is ready by its own account, but not from outside: ${watch.inWords()}.`;
          throw fail(
            loop === null ? 'NotReady' : 'CrashLoop',
            `${service} ${loop !== null ? `keeps crashing: ${loop}.` : outside ? bad : late}`,
            {
              host: input.host.name,
              advice: 'Mend the cause; the journal of that start and its last answer tell.',
              evidence: await takeEvidence(call, release, watch.tellingStart, watch.lastAnswer, readiness),
            },
          );
        }
        // Between good answers there is nothing to wait for.
        await Context.current().sleep(watch.goodAnswers > 0 ? FIRST_PAUSE : pause);
      }
    });
}
