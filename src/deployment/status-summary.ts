/** A status of any number of hosts, within what the engine takes in one message. Pure. */
import { shortened } from '../text/safe-text';
import type { DeployStatus, HostFact, HostState, Reason } from './status';

/** So many hosts are named in a summary. The others are counted. */
export const MOST_NAMED = 50;

/** Characters of problems, shared by the named hosts, and what each of them has at least. */
const MOST_PROBLEMS = 20_000;
const LEAST_PROBLEM = 400;

/** A failure's message is never longer. */
const MOST_REASON = 2_000;
/** Of what persons chose. A run that is decided more often names the newest decisions. */
const MOST_DECISIONS = 20;

/** A status query answers with so many hosts at most, each with problems of so many characters. */
export const MOST_IN_PAGE = 100;
const MOST_IN_PAGE_PROBLEM = 1_000;

/** Hosts that need a person are named before the others, in this order. */
const FIRST: readonly HostState[] = ['needs-operator', 'unreachable', 'unknown'];

/** Some of a run's hosts, in the order of landfall.yaml. */
export interface StatusPage {
  hosts: Record<string, HostFact>;
  /** All hosts of the run. */
  total: number;
}

/**
 * The status with at most 50 named hosts: those in trouble first, the others in the order of landfall.yaml.
 * All other hosts are counted in `others`. Its size is bounded, whatever the texts are.
 */
export function summarized(status: DeployStatus): DeployStatus {
  const all = Object.entries(status.hosts);
  const named = all.length <= MOST_NAMED ? all : inTroubleFirst(all).slice(0, MOST_NAMED);
  const most = Math.max(LEAST_PROBLEM, Math.floor(MOST_PROBLEMS / Math.max(1, named.length)));
  const { decisions } = status;
  const earlier = decisions.length - MOST_DECISIONS;
  return {
    ...status,
    reason: shortReason(status.reason),
    trouble: shortReason(status.trouble),
    decisions:
      earlier <= 0 ? decisions : [`${earlier} decisions before these`, ...decisions.slice(-MOST_DECISIONS)],
    hosts: Object.fromEntries(named.map(([name, fact]) => [name, shortFact(fact, most)])),
    ...(named.length < all.length && {
      others: countsWithout(status.hosts, new Set(named.map(([name]) => name))),
    }),
  };
}

/** The answer of a status query: `count` hosts, from the host number `from`, counted from 0. */
export function pageOf({ hosts }: DeployStatus, from: number, count: number): StatusPage {
  const all = Object.entries(hosts);
  const page = all.slice(from, from + Math.min(count, MOST_IN_PAGE));
  const short = page.map(([name, fact]) => [name, shortFact(fact, MOST_IN_PAGE_PROBLEM)]);
  return { hosts: Object.fromEntries(short), total: all.length };
}

/** How many hosts are in each state, hosts that are only counted included. */
export function stateCounts({
  hosts,
  others,
}: Pick<DeployStatus, 'hosts' | 'others'>): Map<HostState, number> {
  const counts = new Map<HostState, number>();
  const add = (state: HostState, more: number) => counts.set(state, (counts.get(state) ?? 0) + more);
  for (const { state } of Object.values(hosts)) add(state, 1);
  for (const [state, count] of Object.entries(others ?? {})) add(state as HostState, count);
  return counts;
}

/** The named hosts in certain states, and how many hosts in these states a summary does not name. */
export function namedAndOthers(
  { hosts, others }: Pick<DeployStatus, 'hosts' | 'others'>,
  holds: (state: HostState) => boolean,
): { names: string[]; others: number } {
  const names = Object.entries(hosts).flatMap(([name, { state }]) => (holds(state) ? [name] : []));
  const counted = Object.entries(others ?? {}).filter(([state]) => holds(state as HostState));
  return { names, others: counted.reduce((sum, [, count]) => sum + count, 0) };
}

/** The hosts that the run waits for. */
export function unreachableIn(status: DeployStatus): { names: string[]; others: number } {
  return namedAndOthers(status, (state) => state === 'unreachable');
}

/** How many hosts a summary does not name. */
export function unnamed({ others }: Pick<DeployStatus, 'others'>): number {
  return namedAndOthers({ hosts: {}, others }, () => true).others;
}

type Entry = [name: string, fact: HostFact];

function inTroubleFirst(all: Entry[]): Entry[] {
  const ranks: Entry[][] = Array.from({ length: FIRST.length + 3 }, () => []);
  for (const entry of all) ranks[rankOf(entry[1])]?.push(entry);
  return ranks.flat();
}

function rankOf({ state, problem, repaired }: HostFact): number {
  const at = FIRST.indexOf(state);
  if (at >= 0) return at;
  if (problem !== null) return FIRST.length;
  return FIRST.length + (repaired === undefined ? 2 : 1);
}

function countsWithout(
  hosts: Record<string, HostFact>,
  named: Set<string>,
): Partial<Record<HostState, number>> {
  const counts: Partial<Record<HostState, number>> = {};
  for (const [name, { state }] of Object.entries(hosts))
    if (!named.has(name)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function shortFact(fact: HostFact, most: number): HostFact {
  const { problem, repaired } = fact;
  return {
    ...fact,
    problem: problem === null ? null : shortened(problem, most),
    ...(repaired !== undefined && { repaired: shortened(repaired, most) }),
  };
}

function shortReason(reason: Reason | null): Reason | null {
  if (reason === null) return null;
  const { message, advice } = reason;
  return { ...reason, message: shortened(message, MOST_REASON), advice: shortened(advice, MOST_REASON) };
}
