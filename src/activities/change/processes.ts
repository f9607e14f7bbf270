/** The changing steps of a release's processes besides its web server. Each is safe to run twice. */
import { inLargestUnit } from '../../config/units';
import type { ProcessState, Verbs } from '../../contract/contract-types';
import { type Evidence, fail } from '../../deployment/failures';
import type { Draining } from '../../deployment/status';
import { timeInWords } from '../../deployment/time-of';
import type { Dependencies } from '../dependencies';
import { eventually } from '../eventually';
import { takeEvidence } from '../observe/evidence';
import { causeInJournal } from '../observe/journal-cause';
import { processInWords } from '../observe/process-watch';
import { oneRequest } from '../one-request';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';
import { monotonic } from '../step-time';

/** Each question waits this long on the host, which answers as soon as it knows. */
const WAIT_MS = 4_000;

export interface StartProcessesInput extends Claimed {
  release: string;
  processes: string[];
  /** Milliseconds until all of them are up. */
  limit: number;
}

type Started = Verbs['start-processes']['result']['processes'];

/**
 * Starts processes of a release besides those of the live one, and waits until each is up. A process is up when its
 * `ready` command has succeeded, or when it has stayed up for `stable`. A process that runs already counts as it is.
 * @throws CrashLoop when one ends, NotReady when one is not up in time; both with its journal
 */
export function startProcesses(dependencies: Dependencies) {
  return (input: StartProcessesInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const call = hostOf(dependencies, input);
      const { release, processes: names, limit } = input;
      const began = monotonic();
      const request = { claim: claimOf(input), release, names, waitMilliseconds: WAIT_MS };
      let seen: Started = {};
      const ended = await eventually(limit, async () => {
        seen = (await call('start-processes', request)).processes;
        report(names.map((name) => `${name}: ${seen[name]?.state ?? 'unknown'}`).join(', '));
        const isOver = names.every((name) => seen[name]?.state === 'up') || failedIn(seen) !== null;
        return isOver ? seen : null;
      });
      const failed = failedIn(seen);
      if (ended !== null && failed === null)
        return { note: `${names.join(', ')} up after ${seconds(monotonic() - began)}` };
      const name = failed ?? names.find((one) => seen[one]?.state !== 'up') ?? '';
      const unit = seen[name]?.unit ?? null;
      const evidence = await takeEvidence(call, release, unit?.invocation || null, null, undefined, name);
      throw notUp(input, { name, unit, said: seen[name]?.status ?? '', isLate: failed === null }, evidence);
    });
}

function failedIn(seen: Started): string | null {
  return Object.entries(seen).find(([, { state }]) => state === 'failed')?.[0] ?? null;
}

interface NotUp {
  name: string;
  unit: ProcessState | null;
  /** The host's word about it. */
  said: string;
  isLate: boolean;
}

function notUp(
  { release, host, limit }: StartProcessesInput,
  { name, unit, said, isLate }: NotUp,
  evidence: Evidence,
) {
  const seen = said || (unit === null ? 'nothing is known of it' : processInWords(unit));
  // systemd forgets how a start ended as soon as it begins the next one.
  const how = (isLate ? null : causeInJournal(evidence.journal ?? [])) ?? seen;
  const late = `was not up within ${inLargestUnit(limit)}`;
  return fail(
    isLate ? 'NotReady' : 'CrashLoop',
    `${name} of ${release} ${isLate ? late : how.startsWith('it ') ? 'did not stay up' : 'is not up'} on ${host.name}: ${how}.`,
    {
      host: host.name,
      advice: `Read its journal, and correct processes.${name} in landfall.yaml or what it depends on. It ran for a moment, and may have taken tasks.`,
      evidence,
    },
  );
}

export interface SwitchProcessesInput extends Claimed {
  /** null: none of these processes runs on. */
  release: string | null;
  processes: string[];
}

/**
 * Makes the processes of a release the live ones, and tells all others of the same names to finish. They may take as
 * long as their `drain`; systemd ends them then, so that no step waits for them.
 */
export const switchProcesses = oneRequest(
  'switch-processes',
  ({ release, processes }: SwitchProcessesInput) => ({ release, names: processes }),
  ({ draining }, { release, processes }) => {
    const told = draining.map(inWords);
    const live = release === null ? `${processes.join(', ')} ends` : `${processes.join(', ')} of ${release}`;
    const kept: Draining[] = draining.map(({ process, release, until }) => ({ process, release, until }));
    return { note: [live, ...told].join('; '), draining: kept };
  },
);

function inWords({ process, release, until }: Draining): string {
  return `${process} of ${release} finishes its tasks, until ${timeInWords(until)} at the latest`;
}

export interface FinishProcessesInput extends Claimed {
  processes: string[];
  limit: number;
}

/**
 * Tells processes to finish, of every release, and waits until they are gone: a singleton starts only then.
 * @throws CommandFailed when one does not end within its own limit
 */
export function finishProcesses(dependencies: Dependencies) {
  return (input: FinishProcessesInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const call = hostOf(dependencies, input);
      const { processes: names, limit, host } = input;
      const request = { claim: claimOf(input), names, waitMilliseconds: WAIT_MS };
      const began = monotonic();
      const ended = await eventually(limit, async () => {
        const { stopped } = await call('finish-processes', request);
        report(stopped ? 'ended' : `${names.join(', ')} still finishes`);
        return stopped ? true : null;
      });
      if (ended === null)
        throw fail(
          'CommandFailed',
          `${names.join(', ')} on ${host.name} did not end within ${inLargestUnit(limit)} (${names.map((name) => `processes.${name}.drain`).join(', ')}).`,
          {
            host: host.name,
            advice: `Look at systemctl status '*.${names[0]}.*' on ${host.name}, and end it by hand.`,
          },
        );
      return { note: `${names.join(', ')} ended after ${seconds(monotonic() - began)}` };
    });
}
