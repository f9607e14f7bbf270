import type { ServiceSettings } from '../../config/deploy-input';
import { LIMITS } from '../../contract/contract';
import type { UnitState } from '../../contract/contract-types';
import { fail } from '../../deployment/failures';
import { adviceOn } from '../../deployment/readiness-advice';
import { dependenciesOf } from '../../deployment/start-causes/dependencies-of';
import { causeOfStart, type Told } from '../../deployment/start-causes/start-causes';
import { adviceOnLimit, within } from '../../deployment/time-limits';
import type { Dependencies } from '../dependencies';
import { commandCheck, commandOf, untilItSucceeds } from '../observe/check-command';
import { takeEvidence } from '../observe/evidence';
import { refusalInJournal } from '../observe/journal-cause';
import { unitInWords } from '../observe/readiness';
import { type CallHost, type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';
import { monotonic } from '../step-time';

export interface StartReleaseInput extends Claimed {
  release: string;
  /** Whether the release has to prove itself, even if it was good before; false in a rollback. */
  trial: boolean;
  settings: ServiceSettings;
}

export interface StartedRelease extends Noted {
  /** Whether its gate has let it listen; false: the app was not asked yet. */
  proven: boolean;
}

const FIX_IT =
  'No request has reached it. Read its journal, fix the release or what it depends on, and deploy again.';

/** Each question waits this long on the host, which answers as soon as systemd knows. */
const WAIT_MS = 4_000;

/** Exit status of the gate's workers; Gunicorn's own status for a worker that failed to boot. */
const REFUSED_BY_GATE = 3;

/**
 * Starts a release alongside the live one. Its gate asks the app itself whether it is ready, and lets it
 * listen only then. Until this step succeeds, no request reaches the release. Safe to run twice: the second
 * run waits for a start under way.
 * @throws NotReady when it does not become ready, CrashLoop when it ends; both at once and with the journal of
 *   that start
 * @throws CommandFailed when the address is taken
 */
export function startRelease(dependencies: Dependencies) {
  return (input: StartReleaseInput): Promise<StartedRelease> =>
    heartbeating(async (report) => {
      const { release, host, settings, trial } = input;
      const call = hostOf(dependencies, input);
      // Of this attempt: a host that was away for an hour still gets the time that a start takes.
      const began = monotonic();
      const limit = settings.readiness.timeout + LIMITS.startMarginSeconds * 1_000;
      let deadline = began + limit;
      const request = {
        claim: claimOf(input),
        release,
        address: host.bind,
        trial,
        waitMilliseconds: WAIT_MS,
      };
      for (;;) {
        const { unit, state, note } = await call('start', request);
        report(unit.gate === null ? unitInWords(unit) : gateInWords(unit.gate));
        if (state === 'up') {
          if (trial) await refuseByCommand(call, input, began, unit.invocation);
          // Without a gate the app was not asked yet.
          const word =
            unit.gate === null ? `up after ${seconds(monotonic() - began)}` : gateInWords(unit.gate);
          const words = [word, note].filter((part) => part !== null).join('; ');
          return { note: words, proven: isProven(unit.gate) };
        }
        // The unit still finishes its requests, and starts after that.
        if (unit.active === 'deactivating') deadline = monotonic() + limit;
        if (state === 'starting' && monotonic() < deadline) continue;
        throw await refusal(input, unit, await takeEvidence(call, release, unit.invocation || null, null));
      }
    });
}

/** A command of `readiness.check` decides before any request reaches the release. @throws NotReady */
async function refuseByCommand(
  call: CallHost,
  input: StartReleaseInput,
  began: number,
  invocation: string,
): Promise<void> {
  const { release, host, settings } = input;
  const { readiness } = settings;
  if (commandOf(readiness) === null) return;
  // Enough for two runs, where the start itself has used up the time.
  const left = Math.max(readiness.timeout - (monotonic() - began), 2 * readiness.requestTimeout);
  const why = await untilItSucceeds(commandCheck(call, input), readiness, left);
  if (why === null) return;
  const words = `not ready ${within(readiness.timeout, 'readiness.timeout')}: readiness.check: ${why}`;
  throw fail('NotReady', `${release} did not become ready on ${host.name}: ${words}`, {
    host: host.name,
    advice: adviceOn(words, readiness) ?? FIX_IT,
    evidence: await takeEvidence(call, release, invocation || null, null),
  });
}

/**
 * Whether the gate says that every worker has proven itself. A process of the release can say so too. The
 * release gains nothing by it: it is then judged from outside with less patience.
 */
function isProven(gate: UnitState['gate']): boolean {
  return gate !== null && 'ready' in gate && gate.ready > 0 && gate.unproven === 0;
}

function gateInWords(gate: NonNullable<UnitState['gate']>): string {
  if ('refused' in gate) return `landfall gate: ${gate.refused}`;
  if ('none' in gate) return `landfall gate: none, ${gate.none}`;
  const { ready, unproven, ms, note } = gate;
  const count = `${ready} worker${ready === 1 ? '' : 's'} ready after ${(ms / 1000).toFixed(1)} s`;
  return `landfall gate: ${count}${unproven > 0 ? `, ${unproven} unproven` : ''}${note === null ? '' : `; ${note}`}`;
}

async function refusal(
  { release, host, settings }: StartReleaseInput,
  unit: UnitState,
  evidence: Awaited<ReturnType<typeof takeEvidence>>,
): Promise<Error> {
  const journal = evidence.journal ?? [];
  const refused =
    unit.gate !== null && 'refused' in unit.gate ? unit.gate.refused : refusalInJournal(journal);
  const byGate = refused !== null && (unit.exitStatus === REFUSED_BY_GATE || unit.active === 'activating');
  const told = causeOf(refused, journal, host.name, settings);
  return fail(
    byGate ? 'NotReady' : 'CrashLoop',
    `${release} did not become ready on ${host.name}: ${told?.message ?? refused ?? howItEnded(unit, settings)}`,
    {
      host: host.name,
      advice:
        told?.advice ??
        (refused === null ? null : adviceOn(refused, settings.readiness)) ??
        `${FIX_IT} ${adviceOnLimit(refused ?? '') ?? ''}`.trim(),
      evidence,
    },
  );
}

/** null: the journal tells no more than the gate does. An answer such as 404 has no error of the app as its cause. */
function causeOf(
  refused: string | null,
  journal: string[],
  host: string,
  settings: ServiceSettings,
): Told | null {
  const answered = refused !== null && /^not ready within | answered \d{3}/.test(refused);
  if (answered && !/ answered 5\d\d/.test(refused ?? '')) return null;
  const started = { host, app: settings.app, dependencies: dependenciesOf(settings) };
  const told = causeOfStart([journal.join('\n'), ...(refused === null ? [] : [refused])], started);
  if (told === null || (told.advice === null && refused !== null && !answered)) return null;
  return answered ? { ...told, message: `${refused}. ${told.message}` } : told;
}

function howItEnded(unit: UnitState, settings: ServiceSettings): string {
  if (unit.result === 'oom-kill') return 'it was killed because memory ran out.';
  if (unit.result === 'timeout')
    return `it was not up ${within(settings.readiness.timeout, 'readiness.timeout')}.`;
  if (unit.result === 'signal') return `it was ended by signal ${unit.exitStatus ?? '?'}.`;
  if (unit.result === 'exit-code') return `it ended with exit status ${unit.exitStatus ?? '?'}.`;
  return `${unitInWords(unit)}.`;
}
