/** The report of a deploy: pure lines, so that tests show them whole. */

import { hostList } from '../../deployment/host-list';
import {
  type DeployStatus,
  type HostFact,
  type HostState,
  isUnverified,
  whatFailed,
} from '../../deployment/status';
import { namedAndOthers, unnamed, unreachableIn } from '../../deployment/status-summary';
import { linesOf } from '../../text/safe-text';
import type { RunEvent } from '../run/run-events';

/** One line for one thing that happened; null for what is not worth a line. */
export function lineFor(event: RunEvent): string | null {
  switch (event.kind) {
    case 'ended': {
      const note = event.note === '' ? '' : ` · ${event.note}`;
      return `  ✓ ${event.summary}${note} (${seconds(event.seconds)})`;
    }
    case 'failed':
      return `  ✗ ${event.summary} · ${event.failure.type}: ${event.failure.message} (${seconds(event.seconds)})`;
    case 'status':
      return PHASE_LINES[event.status.phase] ?? null;
    case 'cancel-requested':
      return '  ! cancel requested';
    default:
      return null;
  }
}

/** A line for each host that cannot be reached and could be, or was not known to be none, before. */
export function outagesSince(before: DeployStatus | null, now: DeployStatus): string[] {
  const known = before === null ? NO_HOSTS : unreachableIn(before);
  const gone = unreachableIn(now);
  const lines = gone.names
    .filter((host) => !known.names.includes(host))
    .map((host) => `  ! ${host}: ${now.hosts[host]?.problem ?? 'it cannot be reached'}`);
  const more = gone.others > known.others ? [`  ! ${gone.others} more hosts cannot be reached`] : [];
  return [...lines, ...more];
}

const NO_HOSTS = { names: [], others: 0 };

const PHASE_LINES: Partial<Record<DeployStatus['phase'], string>> = {
  release: 'Release:',
  repair: 'Repair:',
  rollback: 'Rolling back:',
};

function seconds(value: number): string {
  return value < 9.95 ? `${value.toFixed(2)} s` : `${value.toFixed(0)} s`;
}

/** The evidence of the failure on one host. */
export interface HostEvidence {
  host: string | null;
  evidence: Record<string, unknown>;
}

/** The evidence in a failure's details, or in the result of the step that collects it. */
export function evidenceOf(details: unknown): HostEvidence | null {
  if (typeof details !== 'object' || details === null || !('evidence' in details)) return null;
  const { evidence } = details;
  if (typeof evidence !== 'object' || evidence === null) return null;
  const host = 'host' in details && typeof details.host === 'string' ? details.host : null;
  return { host, evidence: { ...evidence } };
}

/** The end of a deploy: what failed, where, the evidence, what was done, what is live, what to do. */
export function summaryOf(status: DeployStatus, evidence: HostEvidence[], uiUrl: string | null): string[] {
  const lines = [HEADLINES[headlineKey(status)](status)];
  if (status.reason !== null && status.outcome !== 'deployed' && status.outcome !== 'repaired') {
    lines.push('', `What failed: ${status.reason.type}${on(status.reason.host)}: ${status.reason.message}`);
    for (const item of evidence) lines.push(...evidenceLines(item));
  }
  if (status.trouble !== null) {
    lines.push(
      '',
      `${whatFailed(status)}: ${status.trouble.type}${on(status.trouble.host)}: ${status.trouble.message}`,
    );
  }
  const stopped = stoppedFirst(status);
  if (stopped !== null) lines.push('', stopped);
  if (status.decisions.length > 0) lines.push('', `Decided meanwhile: ${status.decisions.join('; ')}.`);
  lines.push('', 'Live now:');
  for (const [name, fact] of Object.entries(status.hosts))
    lines.push(`  ${name}: ${liveInWords(fact, status)}`);
  if (status.others !== undefined)
    lines.push(`  and ${unnamed(status)} more hosts: ${othersInWords(status.others)}`);
  const differ = differences(status.hosts);
  if (differ !== null) lines.push('', differ);
  // A step knows its host, but not how the environment is called.
  const advice = adviceFor(status).replaceAll('<environment>', status.environment);
  if (advice !== '') lines.push('', `What to do: ${advice}`);
  if (uiUrl !== null) lines.push('', `All details: ${uiUrl}`);
  return lines;
}

/** The meaning of `--stop-first`, also before anything has begun. */
export const STOPS_FIRST =
  '--stop-first: each host stops its old release before anything of the new one runs there. Requests wait or fail until the new release is ready.';

/** The result of `--stop-first` that a person has to know; null: none. */
function stoppedFirst(status: DeployStatus): string | null {
  const { stopFirst, outcome } = status;
  if (!stopFirst) return null;
  if (outcome === null) return STOPS_FIRST;
  const back = namedAndOthers(status, (state) => state === 'restored');
  if (back.names.length + back.others === 0) return null;
  return `--stop-first: the release from before was started again on ${hostList(back.names, back.others)}, because the new one failed. If it is compromised, it runs there again.`;
}

type Headline =
  | 'deployed'
  | 'rejected'
  | 'rolled-back'
  | 'accepted'
  | 'needs-operator'
  | 'superseded'
  | 'cancelled'
  | 'repaired'
  | 'not-repaired'
  | 'repairing'
  | 'running';

function headlineKey(status: DeployStatus): Headline {
  if (status.outcome === null) return status.task === 'repair' ? 'repairing' : 'running';
  if (status.cancelled && (status.outcome === 'rejected' || status.outcome === 'rolled-back'))
    return 'cancelled';
  return status.outcome;
}

const HEADLINES: Record<Headline, (status: DeployStatus) => string> = {
  deployed: (s) => `DEPLOYED ${short(s)} of ${s.service} to ${s.environment}.`,
  rejected: (s) =>
    isUnverified(s)
      ? `NEEDS AN OPERATOR: ${short(s)} of ${s.service} was not deployed, and an abandoned deploy could not be repaired.`
      : Object.values(s.hosts).some((fact) => fact.repaired)
        ? `REJECTED ${short(s)} of ${s.service}: it was not deployed. Only an abandoned deploy was repaired.`
        : `REJECTED ${short(s)} of ${s.service}: it was not deployed, and nothing live was changed.`,
  'rolled-back': (s) =>
    isUnverified(s)
      ? `NEEDS AN OPERATOR: ${short(s)} of ${s.service} is not live in ${s.environment}, and an abandoned deploy could not be repaired.`
      : `ROLLED BACK: ${short(s)} of ${s.service} is not live in ${s.environment}.`,
  accepted: (s) =>
    `ACCEPTED AS IT STANDS: ${short(s)} of ${s.service} failed in ${s.environment}, and an operator left the hosts as they are. Landfall has not verified what is NOT CERTAIN.`,
  'needs-operator': (s) =>
    s.phase === 'finish'
      ? `NEEDS AN OPERATOR: ${short(s)} of ${s.service} serves in ${s.environment}, and could not be marked good on every host.`
      : `NEEDS AN OPERATOR: ${short(s)} of ${s.service} failed in ${s.environment}, and so did its rollback.`,
  superseded: (s) => `SUPERSEDED: another deploy of ${s.service} took over; this one changes nothing more.`,
  cancelled: (s) => `CANCELLED: ${short(s)} of ${s.service} is not live in ${s.environment}.`,
  repaired: (s) => `WELL: nothing is left to repair of ${s.service} in ${s.environment}.`,
  'not-repaired': (s) =>
    s.reason === null
      ? `CANCELLED: ${s.service} in ${s.environment} was not repaired on every host.`
      : `NOT REPAIRED: ${s.service} in ${s.environment} needs an operator.`,
  repairing: (s) => `STILL RUNNING: the repair of ${s.service} in ${s.environment}.`,
  running: (s) => `STILL RUNNING: ${short(s)} of ${s.service} to ${s.environment}, in its ${s.phase} phase.`,
};

function short(status: DeployStatus): string {
  return (status.commit ?? status.requested).replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1');
}

function on(host: string | null): string {
  return host === null ? '' : ` on ${host}`;
}

function liveInWords(fact: HostFact, status: DeployStatus): string {
  const live = fact.state === 'unseen' ? 'as before' : (fact.live ?? 'nothing that Landfall deployed');
  // The report names the failure above already.
  const problem = fact.problem === status.reason?.message ? null : fact.problem;
  const more = [fact.repaired, problem].filter((words) => words).join('; ');
  return `${live} (${stateInWords(fact)})${more === '' ? '' : `: ${more}`}`;
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

/** The next step for a person; empty: none. */
export function adviceFor(status: DeployStatus): string {
  if (status.outcome === 'needs-operator') {
    const command = `landfall decide ${status.service} --env ${status.environment}`;
    return [
      status.trouble?.advice ?? '',
      `Then choose (question ${status.question}): ${command} retry (roll back again) | accept (leave it as it is) | go-forward (try the new release again);`,
      'or deploy something else with --supersede.',
    ].join(' ');
  }
  if (status.outcome === 'accepted') {
    return `Look at what is NOT CERTAIN: landfall doctor ${status.service} --env ${status.environment}. Then deploy a good commit, with --fix-forward where what is live is not ready.`;
  }
  const { names, others } = unreachableIn(status);
  if (status.outcome === null && names.length + others > 0) {
    const gone = hostList(names, others, ' and ');
    return `Bring ${gone} back; the run then continues. To deploy a hotfix before that, take ${gone} out of landfall.yaml and deploy with --supersede.`;
  }
  return status.outcome === 'deployed' ? '' : (status.reason?.advice ?? '');
}

/** Journals end with what matters; a CI log shows this many lines of each. */
const MOST_LINES = 40;

function evidenceLines({ host, evidence }: HostEvidence): string[] {
  const lines: string[] = [];
  const { lastAnswer, journal, output, unit } = evidence;
  if (typeof unit === 'object' && unit !== null) lines.push(`Unit${on(host)}: ${unitInWords({ ...unit })}`);
  if (typeof lastAnswer === 'string')
    lines.push(`Last readiness answer${on(host)}:`, ...indented(lastAnswer));
  if (typeof output === 'string' && output.trim() !== '')
    lines.push(`Output${on(host)}:`, ...indented(output));
  if (Array.isArray(journal) && journal.length > 0) {
    lines.push(`Journal of that start${on(host)}:`, ...indented(journal.join('\n')));
  }
  return lines;
}

/** systemd's facts about the unit when the evidence was taken. */
function unitInWords(unit: Record<string, unknown>): string {
  const { active, sub, result, exitStatus, restarts, release } = unit;
  const runs = typeof release === 'string' ? `, runs ${release}` : '';
  return `${active} (${sub})${runs}, result ${result}, last exit status ${exitStatus}, restarts: ${restarts}`;
}

function indented(text: string): string[] {
  const lines = linesOf(text.trimEnd());
  const cut = lines.length > MOST_LINES ? ['    …'] : [];
  return [...cut, ...lines.slice(-MOST_LINES).map((line) => `    ${line}`)];
}
