/** The report of a run: pure lines, so that tests show them whole. */
import { hostList, onHost } from '../../deployment/host-list';
import { type DeployStatus, whatFailed } from '../../deployment/status';
import { namedAndOthers } from '../../deployment/status-summary';
import { adviceFor } from './advice';
import { evidenceLines, type HostEvidence } from './evidence';
import { headlineOf } from './headline';
import { differences, liveLines } from './live-hosts';

/** The end of a deploy: what failed, where, the evidence, what was done, what is live, what to do. */
export function summaryOf(status: DeployStatus, evidence: HostEvidence[], uiUrl: string | null): string[] {
  const lines = [headlineOf(status)];
  if (status.reason !== null && status.outcome !== 'deployed' && status.outcome !== 'repaired') {
    lines.push(
      '',
      `What failed: ${status.reason.type}${onHost(status.reason.host)}: ${status.reason.message}`,
    );
    for (const item of evidence) lines.push(...evidenceLines(item));
  }
  if (status.trouble !== null) {
    lines.push(
      '',
      `${whatFailed(status)}: ${status.trouble.type}${onHost(status.trouble.host)}: ${status.trouble.message}`,
    );
  }
  const stopped = stoppedFirst(status);
  if (stopped !== null) lines.push('', stopped);
  if (status.decisions.length > 0) lines.push('', `Decided meanwhile: ${status.decisions.join('; ')}.`);
  lines.push('', 'Live now:', ...liveLines(status));
  const differ = differences(status.hosts);
  if (differ !== null) lines.push('', differ);
  const advice = adviceFor(status);
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
