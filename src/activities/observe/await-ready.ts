import { Context } from '@temporalio/activity';
import type { ServiceSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/units';
import type { ProbeAnswer } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import type { Verified } from '../../deployment/model';
import { adviceOn } from '../../deployment/readiness-advice';
import { within } from '../../deployment/time-limits';
import { stopLimitMs } from '../../host-agent/unit';
import { growing, poll } from '../../timing/poll';
import type { Dependencies } from '../dependencies';
import { type CallHost, type Claimed, heartbeating, hostOf, type Noted, type OnHost, seconds } from '../step';
import { monotonic, stepTime } from '../step-time';
import { commandCheck } from './check-command';
import { takeEvidence } from './evidence';
import { askerFor, lineStoodStill } from './readiness';
import { Watch } from './watch';

export interface AwaitReadyInput extends OnHost {
  settings: ServiceSettings;
  /** Who must answer; null: the current unit, which Landfall did not write. */
  release: string | null;
  /** When it is the new one, whose answers may have to name it; null: it was there before. */
  commit: string | null;
  /** The release has passed its gate: a bad answer shows from outside only, and gets no time to recover. */
  proven: boolean;
  /** The start that this run has just requested. If it ends before the first look, its journal is the evidence. */
  start: string | null;
  /** Of a unit that Landfall did not write, how it answered before; absent: nothing, or a release. */
  verified?: Verified;
  /** Where `readiness.check` has a command, whose job needs it; else absent. */
  claim?: Claimed['claim'];
}

const READ_THE_JOURNAL =
  'Read the journal of that start and its last answer, fix the cause, and deploy again.';

/** A later attempt may begin late, after an outage of worker or engine: it still gets to see a good streak. */
const LEAST_MS = 5_000;

/** A look at the unit costs as much as some answers, and what ended in between is wanted soon. */
const MOST_BETWEEN_LOOKS = 5;

const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 500;

/**
 * Waits until the service answers ready several times in a row, each time from the wanted release. That is:
 * - the unit's main process was started from that release;
 * - the same start lasted throughout;
 * - no other process accepts connections on the address.
 *
 * The time counts from the first attempt on, including the breaks between attempts. A proven release gets only
 * `readiness.tolerance`, from the first bad answer that is certainly its own. Changes nothing; safe to run twice.
 * @throws NotReady at the deadline
 * @throws CrashLoop as soon as systemd, or workers that keep replacing each other, show it. Both carry the
 *   evidence, taken before a rollback destroys it
 */
export function awaitReady(dependencies: Dependencies) {
  return (input: AwaitReadyInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const { readiness } = input.settings;
      const call = hostOf(dependencies, input);
      const asker = askerFor(dependencies, input, readiness, checkOf(call, input));
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
      const toReady = async (): Promise<Noted | null> => {
        const since = monotonic();
        const first = await asker.ask();
        // Two looks that find the same start, alone on the address, vouch for every answer between them.
        const more: ProbeAnswer[] = [];
        const missing =
          watch.isOurs && watch.isReady(first) ? readiness.successes - watch.goodAnswers - 1 : 0;
        const wanted = Math.min(missing, MOST_BETWEEN_LOOKS);
        while (more.length < wanted && watch.isReady(more.at(-1) ?? first)) more.push(await asker.ask());
        const unit = await look();
        if (lineStoodStill(since, 1 + more.length, readiness)) {
          deadline = Math.max(deadline, time.passed + LEAST_MS);
          return null;
        }
        watch.see(unit, first, ...more);
        report(watch.inWords());
        if (watch.goodAnswers >= readiness.successes) {
          const took = seconds(time.passed);
          const bad = watch.badAnswers === null ? '' : `, ${watch.badAnswers} before`;
          return { note: `ready after ${took}, ${watch.goodAnswers} answers in a row${bad}` };
        }
        const over = whyOver(watch, input, time.passed > deadline);
        if (over === null) return null;
        throw fail(over.type, `${input.service} on ${input.host.name} ${over.words}.`, {
          host: input.host.name,
          advice: (over.type === 'NotReady' ? adviceOn(over.words, readiness) : null) ?? READ_THE_JOURNAL,
          evidence: await takeEvidence(call, release, watch.tellingStart, watch.lastAnswer, readiness),
        });
      };
      const longer = growing(FIRST_PAUSE, LONGEST_PAUSE);
      return poll(toReady, {
        // Between good answers there is nothing to wait for.
        pause: () => (watch.goodAnswers > 0 ? FIRST_PAUSE : longer()),
        signal: Context.current().cancellationSignal,
      });
    });
}

function checkOf(call: CallHost, input: AwaitReadyInput): (() => Promise<ProbeAnswer>) | undefined {
  const { claim, release } = input;
  if (claim === undefined || release === null) return undefined;
  return commandCheck(call, { ...input, claim, release });
}

interface Over {
  type: 'NotReady' | 'CrashLoop';
  words: string;
}

/** Why the wait has ended without success; null: it continues. */
function whyOver(watch: Watch, { proven, settings }: AwaitReadyInput, isLate: boolean): Over | null {
  const { timeout, tolerance } = settings.readiness;
  const loop = watch.crashLoop();
  if (loop !== null) return { type: 'CrashLoop', words: `keeps crashing: ${loop}` };
  const notReady = (words: string): Over => ({ type: 'NotReady', words: `${words}: ${watch.inWords()}` });
  if (proven && watch.badFor >= tolerance) {
    const long = `for ${inSeconds(tolerance)} (readiness.tolerance)`;
    return notReady(`is ready by its own account, but not from outside ${long}`);
  }
  if (watch.isHopeless) return notReady('is not ready');
  const flaps = watch.flaps();
  if (flaps !== null) return notReady(`is not ready, ${flaps}, last`);
  if (!isLate) return null;
  const bad = watch.badAnswers === null ? '' : `, ${watch.badAnswers}`;
  return notReady(`was not ready ${within(timeout, 'readiness.timeout')}${bad}`);
}
