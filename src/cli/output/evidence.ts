/** The evidence of a failure, as lines. */
import { onHost } from '../../deployment/host-list';
import { linesOf } from '../../text/safe-text';

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

/** Journals end with what matters; a CI log shows this many lines of each. */
const MOST_LINES = 40;

export function evidenceLines({ host, evidence }: HostEvidence): string[] {
  const lines: string[] = [];
  const { lastAnswer, journal, output, unit } = evidence;
  if (typeof unit === 'object' && unit !== null)
    lines.push(`Unit${onHost(host)}: ${unitInWords({ ...unit })}`);
  if (typeof lastAnswer === 'string')
    lines.push(`Last readiness answer${onHost(host)}:`, ...indented(lastAnswer));
  if (typeof output === 'string' && output.trim() !== '')
    lines.push(`Output${onHost(host)}:`, ...indented(output));
  if (Array.isArray(journal) && journal.length > 0) {
    lines.push(`Journal of that start${onHost(host)}:`, ...indented(journal.join('\n')));
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
