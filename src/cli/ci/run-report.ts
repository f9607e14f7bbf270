import type { DeployStatus } from '../../deployment/status';
import { exitCodeOf } from '../exit-codes';
import type { HostEvidence } from '../output/evidence';

/** How a run ended, or stands, for the reports of a CI. */
export interface RunReport {
  runId: string;
  /** null: the run was terminated, or has a status that this version cannot read. */
  status: DeployStatus | null;
  /** Of the host whose failure decided. */
  evidence: HostEvidence[];
  /** Where the Temporal UI shows the run; null: unknown. */
  uiUrl: string | null;
}

/** One word for the outcome. Jobs of a CI may decide by it. */
export function outcomeWord(status: DeployStatus | null): string {
  if (status === null) return 'unknown';
  const { outcome, cancelled } = status;
  if (outcome === null) return 'running';
  return cancelled && (outcome === 'rejected' || outcome === 'rolled-back') ? 'cancelled' : outcome;
}

/**
 * Lines of `name=value`, as GitHub Actions takes outputs and GitLab CI takes variables. Names and values hold on any
 * text: the live releases are JSON on one line, and a commit is a full SHA or empty.
 */
export function outputLines({ status, runId }: RunReport): string[] {
  const commit = status?.commit ?? '';
  const live = Object.fromEntries(
    Object.entries(status?.hosts ?? {}).map(([name, fact]) => [name, fact.live]),
  );
  return [
    `outcome=${outcomeWord(status)}`,
    `exit_code=${exitCodeOf(status)}`,
    `commit=${/^[0-9a-f]{40}$/.test(commit) ? commit : ''}`,
    `live=${oneLineJson(live)}`,
    `run_id=${/^[\w-]+$/.test(runId) ? runId : ''}`,
  ];
}

/** JSON in which all but plain ASCII is escaped. */
function oneLineJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
