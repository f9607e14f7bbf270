/** The live release of each host, as lines. */
import { environmentInWords } from '../../deployment/managed-environment';
import type { DeployStatus, Draining, HostFact, HostState } from '../../deployment/status';
import { unnamed } from '../../deployment/status-summary';
import { timeInWords } from '../../deployment/time-of';

/** A line for each host that is named, with the processes that still drain `now`, and one for the others. */
export function liveLines(status: DeployStatus, now = Date.now()): string[] {
  const lines = Object.entries(status.hosts).flatMap(([name, fact]) => [
    `  ${name}: ${liveInWords(fact, status)}`,
    ...(fact.draining ?? []).filter((each) => drains(each, now)).map((each) => `    ${drainInWords(each)}`),
  ]);
  if (status.others !== undefined)
    lines.push(`  and ${unnamed(status)} more hosts: ${othersInWords(status.others)}`);
  return lines;
}

/** `4-1a2b3c4 (ready, last good)`. */
export function liveInWords(fact: HostFact, status: DeployStatus): string {
  const live = fact.state === 'unseen' ? 'as before' : (fact.live ?? 'nothing that Landfall deployed');
  // The report names the failure above already.
  const problem = fact.problem === status.reason?.message ? null : fact.problem;
  const more = [fact.repaired, problem].filter((words) => words).join('; ');
  const { environment } = fact;
  const also = environment === undefined ? '' : `; ${environmentInWords(environment)}`;
  return `${live} (${stateInWords(fact)}${also})${more === '' ? '' : `: ${more}`}`;
}

function drains({ until }: Draining, now: number): boolean {
  const end = Date.parse(until);
  return Number.isNaN(end) || end > now;
}

/** `worker of 12-3fa9c1e finishes its tasks, until 2026-03-01 17:20:00 UTC at the latest`. */
export function drainInWords({ process, release, until }: Draining): string {
  return `${process} of ${release} finishes its tasks, until ${timeInWords(until)} at the latest`;
}

function stateInWords(fact: Pick<HostFact, 'state' | 'live' | 'soaksUntil'>): string {
  return {
    unseen: 'not touched',
    untouched: 'not touched',
    prepared: 'not touched',
    released: 'ready',
    soaking: `ready, soaking${fact.soaksUntil === undefined ? '' : ` until ${fact.soaksUntil}`}`,
    good: 'ready, last good',
    restored: 'as before, ready again',
    emptied: 'as before, nothing runs',
    unreachable: 'NOT CERTAIN, waited for',
    well: fact.live === null ? 'nothing to repair' : 'ready, nothing to repair',
    repaired: fact.live === null ? 'repaired' : 'ready, repaired',
    'needs-operator': 'NOT CERTAIN, needs an operator',
    unknown: 'not certain',
  }[fact.state];
}

/** Hosts that only their number is known of: `940 ready, last good; 8 not touched`. */
function othersInWords(others: NonNullable<DeployStatus['others']>): string {
  const counts = Object.entries(others) as [HostState, number][];
  return counts.map(([state, count]) => `${count} ${stateInWords({ state, live: '' })}`).join('; ');
}

/** Hosts whose last good is not the same commit: each is well by itself, and the service is not. null: they agree. */
export function differences(hosts: Record<string, Pick<HostFact, 'lastGood'>>): string | null {
  const known = Object.entries(hosts).flatMap(([name, { lastGood }]) =>
    lastGood ? [{ name, ...lastGood }] : [],
  );
  if (new Set(known.map(({ commit }) => commit)).size < 2) return null;
  const words = known.map(({ name, release, commit }) => `${name}: ${commit?.slice(0, 7) ?? release}`);
  return `The hosts do not have the same commit as last good (${words.join(', ')}): deploy the one that you want on all.`;
}
