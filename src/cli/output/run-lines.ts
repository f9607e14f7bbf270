/** The lines of a run while it is followed. */
import type { DeployStatus } from '../../deployment/status';
import { unreachableIn } from '../../deployment/status-summary';
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
    case 'cancel-requested':
      return '  ! cancel requested';
    default:
      return null;
  }
}

/** The title of the lines that a phase begins; null: they belong to those before. */
export function groupFor(phase: DeployStatus['phase']): string | null {
  return GROUPS[phase] ?? null;
}

/** A line for each warning of a step. */
export function noticesIn(event: RunEvent): string[] {
  const { result } = event.kind === 'ended' ? event : { result: null };
  const notices = typeof result === 'object' && result !== null && 'notices' in result ? result.notices : [];
  return Array.isArray(notices) ? notices.map((notice) => `  ! ${String(notice)}`) : [];
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

const GROUPS: Partial<Record<DeployStatus['phase'], string>> = {
  release: 'Release',
  repair: 'Repair',
  rollback: 'Rolling back',
};

function seconds(value: number): string {
  return value < 9.95 ? `${value.toFixed(2)} s` : `${value.toFixed(0)} s`;
}
