import type { ServiceSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/duration';
import { fail } from '../../deployment/failures';
import type { UnitState } from '../../host-agent/protocol';
import type { Dependencies } from '../dependencies';
import { takeEvidence } from '../observe/evidence';
import { unitInWords } from '../observe/readiness';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';
import { monotonic } from '../step-time';

export interface StartReleaseInput extends Claimed {
  release: string;
  /** It has to prove itself, whatever it was before; false on the way back. */
  trial: boolean;
  settings: ServiceSettings;
}

export interface StartedRelease extends Noted {
  /** Whether its gate has let it open; false: nobody has asked it yet. */
  proven: boolean;
}

/**
 * What the gate says of itself once all workers have proven themselves. Any process of the release can say
 * so too; its release is then judged from outside with less patience, and gains nothing.
 */
const PROVEN = /^landfall gate: \d{1,4} workers? ready after [\d.]{1,9} s(?!, unproven)/;

/** Each question waits this long on the host, which answers as soon as systemd knows. */
const WAIT_MS = 4_000;

/** Beyond the gate's own limit, which gives the better error: booting Gunicorn and importing the app. */
const BOOT_MS = 30_000;

/** What the gate's workers end with; Gunicorn's own word for a worker that failed to boot. */
const REFUSED_BY_GATE = 3;

/**
 * Starts a release beside whatever serves. Its gate asks the app itself whether it is ready, and
 * lets it listen only then; so until this step has ended well no request has reached it. Safe to
 * run twice: a start under way is waited for.
 * @throws NotReady when it does not become ready, CrashLoop when it ends by itself, both within a
 *   moment of it and with the journal of that start; CommandFailed when the address is taken
 */
export function startRelease(dependencies: Dependencies) {
  return (input: StartReleaseInput): Promise<StartedRelease> =>
    heartbeating(async (report) => {
      const { release, host, settings, trial } = input;
      const call = hostOf(dependencies, input);
      // Of this attempt: a host that was away for an hour still gets the time that a start takes.
      const began = monotonic();
      const limit = settings.readiness.timeout + BOOT_MS;
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
        report(gateWord(unit) ?? unitInWords(unit));
        if (state === 'up') {
          // Without a gate nobody has asked the app yet.
          const word = gateWord(unit) ?? `up after ${seconds(monotonic() - began)}`;
          const words = [word, note].filter((part) => part !== null).join('; ');
          return { note: words, proven: PROVEN.test(unit.status) };
        }
        // It still finishes requests from before, and starts after that.
        if (unit.active === 'deactivating') deadline = monotonic() + limit;
        if (state === 'starting' && monotonic() < deadline) continue;
        throw await refusal(input, unit, await takeEvidence(call, release, unit.invocation || null, null));
      }
    });
}

/** What the unit says in the gate's name; null: it says nothing, or something else. */
function gateWord({ status }: UnitState): string | null {
  return status.startsWith('landfall gate: ') ? status : null;
}

async function refusal(
  { release, host, settings }: StartReleaseInput,
  unit: UnitState,
  evidence: Awaited<ReturnType<typeof takeEvidence>>,
): Promise<Error> {
  const why = evidence.journal?.findLast((line) => line.includes('landfall gate: '));
  const word = why?.slice(why.indexOf('landfall gate: ') + 'landfall gate: '.length);
  const byGate = word !== undefined && (unit.exitStatus === REFUSED_BY_GATE || unit.active === 'activating');
  return fail(
    byGate ? 'NotReady' : 'CrashLoop',
    `${release} did not start to serve on ${host.name}: ${word ?? howItEnded(unit, settings)}`,
    {
      host: host.name,
      advice:
        'No request has reached it. Its journal tells why; mend the release or what it depends on, and deploy again.',
      evidence,
    },
  );
}

function howItEnded(unit: UnitState, settings: ServiceSettings): string {
  if (unit.result === 'oom-kill') return 'it was killed because memory ran out.';
  if (unit.result === 'timeout') return `it was not up within ${inSeconds(settings.readiness.timeout)}.`;
  if (unit.result === 'signal') return `it was ended by signal ${unit.exitStatus ?? '?'}.`;
  if (unit.result === 'exit-code') return `it ended with exit status ${unit.exitStatus ?? '?'}.`;
  return `${unitInWords(unit)}.`;
}
