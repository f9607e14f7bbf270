/** How the processes of a release that every host has follow its web server, and how that is undone. Pure. */
import type { Processes } from '../../config/processes';
import { inLargestUnit, type Milliseconds } from '../../config/units';
import type { Inspection } from '../inspection';
import type { Step, Undo } from './change';
import { everywhere, singletonNames } from './placement';
import { processesOf, type RollbackTarget } from './rollback-target';

/** systemd starts the units, and the host is asked every few seconds. */
const START_MARGIN_MS = 60_000;

/** null: the release needs no such step. */
export interface ProcessSteps {
  /** Before the web server takes over. */
  start: Step | null;
  /** After that. */
  take: Step | null;
}

/** The processes of a release, as landfall.yaml or its kept settings say. */
export interface WithProcesses {
  release: string;
  processes: Processes;
}

/** @param facts of the host before the deploy: they name the processes that only the old release has */
export function processSteps(facts: Inspection, { release, processes }: WithProcesses): ProcessSteps {
  const { running, scheduled } = everywhere(processes);
  const names = sorted([...foundNames(facts), ...running, ...scheduled], singletonNames(processes));
  return {
    start: running.length === 0 ? null : startProcesses({ release, processes }, running),
    take: names.length === 0 ? null : switchProcesses(facts, { release, processes }, names),
  };
}

/** @returns null when neither release has processes; with nothing to go back to, the stop of the service ends them */
export function processesBack(facts: Inspection, target: RollbackTarget, from: Processes): Undo | null {
  if (target.kind === 'nothing') return null;
  const { release } = target;
  const processes = processesOf(target)?.processes ?? {};
  const { running, scheduled } = everywhere(processes);
  const started = everywhere(from);
  const all = [...foundNames(facts), ...running, ...scheduled, ...started.running, ...started.scheduled];
  const names = sorted(all, singletonNames(processes));
  if (names.length === 0) return null;
  const words = `back to the processes of ${release ?? 'before'}`;
  const take: Step = { name: 'switchProcesses', release, processes: names, words };
  if (release === null || running.length === 0) return [take];
  return [startProcesses({ release, processes }, running), take];
}

export function startProcesses({ release, processes }: WithProcesses, names: string[]): Step {
  const limit = Math.max(...names.map((name) => untilUp(processes, name))) + START_MARGIN_MS;
  return { name: 'startProcesses', release, processes: names, limit, words: `start ${listed(names)}` };
}

export function switchProcesses(
  facts: Inspection,
  { release, processes }: WithProcesses,
  names: string[],
): Step {
  const words = names.map((name) => takeInWords(facts, { release, processes }, name)).join('; ');
  return { name: 'switchProcesses', release, processes: names, words };
}

function takeInWords(facts: Inspection, { release, processes }: WithProcesses, name: string): string {
  const now = processes[name];
  if (now !== undefined && now.schedule !== null) return scheduleInWords(name, release, now.schedule);
  if (!foundNames(facts).includes(name)) return `${name} of ${release} is live`;
  const limit = now === undefined ? '' : ` (up to ${inLargestUnit(now.drain)})`;
  return `tell the old ${name} to finish${limit}`;
}

export function scheduleInWords(name: string, release: string, schedule: string): string {
  return `${name} runs from ${release} (${schedule})`;
}

/** Without those that only finish their tasks: nothing is to be done about them. */
export function foundNames({ processes = [] }: Inspection): string[] {
  return processes.filter(({ drainsUntil }) => drainsUntil === null).map(({ process }) => process);
}

export function listed(names: string[]): string {
  return names.join(', ');
}

function untilUp(processes: Processes, name: string): Milliseconds {
  const { stable, ready } = processes[name] ?? { stable: 0, ready: null };
  return Math.max(stable, ready?.timeout ?? 0);
}

function sorted(names: string[], without: string[]): string[] {
  return [...new Set(names)].filter((name) => !without.includes(name)).sort();
}
