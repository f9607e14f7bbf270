/** A run as Markdown, for the summary of a job. Every text of an app or a host is code there. */
import type { DeployStatus, Reason } from '../../deployment/status';
import { unnamed } from '../../deployment/status-summary';
import { codeBlock, codeSpan } from '../../text/markdown-code';
import { exitCodeOf } from '../exit-codes';
import { adviceFor } from '../output/advice';
import { evidenceLines, type HostEvidence } from '../output/evidence';
import { differences, liveInWords } from '../output/live-hosts';
import { TERMINATED } from '../run/run-info';
import { outcomeWord, type RunReport } from './run-report';

const MOST_MESSAGE = 2_000;
/** A summary holds 1 MiB. */
const MOST_EVIDENCE = 200;

const TITLES: Record<string, string> = {
  deployed: '✅ Deployed',
  restarted: '✅ Restarted',
  repaired: '✅ Repaired',
  rejected: '❌ Rejected: nothing that serves was changed',
  'rolled-back': '❌ Rolled back',
  cancelled: '❌ Cancelled',
  accepted: '⚠️ Accepted as it stands',
  'needs-operator': '🚨 Needs an operator',
  superseded: '⚠️ Superseded by another deploy',
  'not-repaired': '🚨 Not repaired',
  running: '⏳ Still running',
};

/** The lines of the Markdown. */
export function runMarkdown({ status, evidence, uiUrl }: RunReport): string[] {
  if (status === null) return ['### 🚨 Ended without an outcome', '', ...TERMINATED];
  const word = outcomeWord(status);
  const title = word === 'deployed' && status.task === 'restart' ? 'restarted' : word;
  return [
    `### ${TITLES[title] ?? 'Landfall'}`,
    '',
    `- ${factsOf(status)}`,
    `- exit code ${exitCodeOf(status)}`,
    '',
    ...(status.outcome === 'deployed' || status.outcome === 'repaired'
      ? []
      : failure('Failure', status.reason)),
    ...failure('Trouble', status.trouble),
    ...hostLines(status),
    ...adviceLines(status),
    ...evidence.flatMap(evidenceSection),
    ...(uiUrl !== null && /^https?:\/\/[!-;=?-~]+$/.test(uiUrl) ? [`[All details](<${uiUrl}>)`, ''] : []),
  ];
}

function factsOf({ service, environment, commit, requested, by }: DeployStatus): string {
  const which = commit === null || commit === requested ? requested : `${commit} (${requested})`;
  return `${codeSpan(service)} in ${codeSpan(environment)}: ${codeSpan(which)}, requested by ${codeSpan(by)}`;
}

function failure(title: string, reason: Reason | null): string[] {
  if (reason === null) return [];
  const where = reason.host === null ? '' : ` on ${codeSpan(reason.host)}`;
  return [
    `**${title}**: ${codeSpan(reason.type)}${where}`,
    '',
    `> ${codeSpan(reason.message, MOST_MESSAGE)}`,
    '',
  ];
}

function hostLines(status: DeployStatus): string[] {
  const hosts = Object.entries(status.hosts);
  if (hosts.length === 0) return [];
  const more = status.others === undefined ? [] : [`- and ${unnamed(status)} more hosts`];
  const differ = differences(status.hosts);
  return [
    '**Live now**',
    '',
    ...hosts.map(([name, fact]) => `- ${codeSpan(name)}: ${codeSpan(liveInWords(fact, status))}`),
    ...more,
    '',
    ...(differ === null ? [] : [codeSpan(differ), '']),
  ];
}

function adviceLines(status: DeployStatus): string[] {
  const advice = adviceFor(status);
  return advice === '' ? [] : ['**What to do**', '', `> ${codeSpan(advice, MOST_MESSAGE)}`, ''];
}

function evidenceSection(evidence: HostEvidence): string[] {
  const lines = evidenceLines(evidence);
  if (lines.length === 0) return [];
  return [
    '<details><summary>Evidence</summary>',
    '',
    ...codeBlock(lines.join('\n'), MOST_EVIDENCE),
    '',
    '</details>',
    '',
  ];
}
