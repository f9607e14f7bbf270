/**
 * How singletons follow their release. Only one of each runs in the whole environment. So all hosts take the `finish`
 * of their moves first, and only then does any host take its `start`. Pure.
 */
import type { Processes } from '../../config/processes';
import { inLargestUnit } from '../../config/units';
import type { Inspection } from '../inspection';
import type { FinishProcesses, Step } from './change';
import { type Place, type Placement, singletonNames, singletonsOn } from './placement';
import {
  listed,
  scheduleInWords,
  startProcesses,
  switchProcesses,
  type WithProcesses,
} from './process-steps';

/** The move of the singletons on one host. */
export interface SingletonMove {
  finish: Step | null;
  start: Step[];
}

export const NO_MOVE: SingletonMove = { finish: null, start: [] };

/** Beyond the drain, after which systemd ends a process. */
const FINISH_MARGIN_MS = 60_000;

/**
 * Safe to take twice.
 * @param to the release whose singletons are to run; null: there is none, as after a rollback of a first deploy
 * @param from the release that this run may have started on the host since its facts were read; null: none
 */
export function singletonMove(
  facts: Inspection,
  to: WithProcesses | null,
  from: WithProcesses | null,
  place: Place,
): SingletonMove {
  const processes = to?.processes ?? {};
  const started = from?.processes ?? {};
  const here = singletonsOn(place, processes);
  const known = [...singletonNames(processes), ...singletonNames(started)];
  const found = (facts.processes ?? [])
    .filter(({ release, process }) => release !== to?.release && known.includes(process))
    .map(({ process }) => process);
  const runs = singletonsOn(place, started);
  const present = new Set([...found, ...runs.running, ...runs.scheduled]);
  // Where a timer stays, it is replaced at the start, and a run under way may end.
  const goes = [...present].filter((name) => !here.scheduled.includes(name)).sort();
  return {
    finish:
      goes.length === 0
        ? null
        : finishSingletons(goes, [processes, started, facts.probes.live?.settings.processes ?? {}]),
    start: to === null ? [] : starts(facts, to, here),
  };
}

/** For people, in the plan. */
export function moveInWords(
  { finish, start }: SingletonMove,
  { release, processes }: WithProcesses,
): string[] {
  const ends = finish?.name === 'finishProcesses' ? finish.processes : [];
  const begins = start.flatMap((step) => (step.name === 'switchProcesses' ? step.processes : []));
  const gone = ends.filter((name) => !begins.includes(name));
  return [...(gone.length > 0 ? [`end ${listed(gone)} here`] : []), ...begins.map(inWords)];

  function inWords(name: string): string {
    const schedule = processes[name]?.schedule ?? null;
    if (schedule !== null) return scheduleInWords(name, release, schedule);
    return ends.includes(name) ? `move ${name} to ${release} (stopped for a moment)` : `start ${name}`;
  }
}

function starts(facts: Inspection, to: WithProcesses, here: Placement): Step[] {
  const all = [...here.running, ...here.scheduled];
  return [
    ...(here.running.length === 0 ? [] : [startProcesses(to, here.running)]),
    ...(all.length === 0 ? [] : [switchProcesses(facts, to, all)]),
  ];
}

/** @param settings of the releases that may run them: their drains say how long that may take */
export function finishSingletons(processes: string[], settings: Processes[]): FinishProcesses {
  const drains = settings.flatMap((all) => processes.map((name) => all[name]?.drain ?? 0));
  const drain = Math.max(...drains);
  const words = `end ${listed(processes)} (up to ${inLargestUnit(drain)})`;
  return { name: 'finishProcesses', processes, limit: drain + FINISH_MARGIN_MS, words };
}
