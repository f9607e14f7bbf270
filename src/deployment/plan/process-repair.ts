/** The processes of last good on a host, compared with those that should run there. Pure. */
import type { FoundProcess, Inspection } from '../inspection';
import type { FinishProcesses, Step } from './change';
import { everywhere, type Place, singletonNames, singletonsOn } from './placement';
import { startProcesses, switchProcesses, type WithProcesses } from './process-steps';
import { finishSingletons } from './singletons';

export interface ProcessRepair {
  /** Processes of every host that do not run here. The restore of last good starts them. */
  missing: string[];
  /** Singletons that do not belong here; null: there are none. All hosts end them before any host starts one. */
  end: FinishProcesses | null;
  /** Singletons that belong here and do not run. */
  start: { names: string[]; steps: Step[] };
}

/** Only kept settings say which processes last good has. */
export function processRepair(facts: Inspection, place: Place): ProcessRepair {
  const { lastGood: release, probes } = facts;
  const processes = probes.lastGood?.settings.processes;
  if (release === null || processes === undefined)
    return { missing: [], end: null, start: { names: [], steps: [] } };
  const { processes: found = [] } = facts;
  const runs = (name: string) => found.some((one) => one.process === name && isOf(one, release));
  const all = everywhere(processes);
  const here = singletonsOn(place, processes);
  const belongs = [...here.running, ...here.scheduled];
  const strangers = found.filter(
    // The start of a timer replaces that of another release, and a run under way ends by itself.
    (one) => !here.scheduled.includes(one.process) && !(isOf(one, release) && belongs.includes(one.process)),
  );
  const singletons = singletonNames(processes);
  const ends = new Set(strangers.map(({ process }) => process).filter((name) => singletons.includes(name)));
  const names = belongs.filter((name) => !runs(name));
  return {
    missing: [...all.running, ...all.scheduled].filter((name) => !runs(name)),
    end: ends.size === 0 ? null : finishSingletons([...ends].sort(), [processes]),
    start: { names, steps: startsOf(facts, { release, processes }, names) },
  };
}

function isOf({ release, drainsUntil }: FoundProcess, wanted: string): boolean {
  return release === wanted && drainsUntil === null;
}

function startsOf(facts: Inspection, of: WithProcesses, names: string[]): Step[] {
  if (names.length === 0) return [];
  const running = names.filter((name) => of.processes[name]?.schedule === null);
  return [...(running.length === 0 ? [] : [startProcesses(of, running)]), switchProcesses(facts, of, names)];
}
