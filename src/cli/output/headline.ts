import { hostList } from '../../deployment/host-list';
import { shortCommit } from '../../deployment/model';
import { type DeployStatus, isUnverified } from '../../deployment/status';

/** The first line of a report: what the run has done, or that it continues. */
export function headlineOf(status: DeployStatus): string {
  return HEADLINES[headlineKey(status)](status);
}

type Headline =
  | 'deployed'
  | 'restarted'
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
  if (status.outcome === 'deployed' && status.task === 'restart') return 'restarted';
  return status.outcome;
}

const HEADLINES: Record<Headline, (status: DeployStatus) => string> = {
  deployed: (s) => `DEPLOYED ${short(s)} of ${s.service} to ${s.environment}.`,
  restarted: (s) => `RESTARTED ${short(s)} of ${s.service} in ${s.environment}.`,
  rejected: (s) =>
    isUnverified(s)
      ? `NEEDS AN OPERATOR: ${short(s)} of ${s.service} was not deployed, and an abandoned deploy could not be repaired.`
      : Object.values(s.hosts).some((fact) => fact.repaired)
        ? `REJECTED ${short(s)} of ${s.service}: it was not deployed. Only an abandoned deploy was repaired.`
        : `REJECTED ${short(s)} of ${s.service}: it was not deployed, and ${unchanged(s)}`,
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

/** A release that was rejected may have changed a database when it was started on trial. */
function unchanged({ hosts }: DeployStatus): string {
  const ran = Object.entries(hosts).flatMap(([name, fact]) => (fact.ran ? [name] : []));
  return ran.length === 0
    ? 'nothing live was changed.'
    : `Landfall changed nothing that serves. Its code has run on ${hostList(ran)}; a change that it made, as to a database, stays.`;
}

function short(status: DeployStatus): string {
  return shortCommit(status.commit ?? status.requested);
}
