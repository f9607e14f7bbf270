import { markdownIn } from '../text/safe-text';
import { leadsTo } from './leads-to';
import { CHOICES, type DeployStatus, whatFailed } from './status';
import { stateCounts, unnamed } from './status-summary';

/** The summary of a status as Markdown, for the Temporal UI's current details. */
export function statusMarkdown(said: DeployStatus): string {
  const status = markdownIn(said);
  const lines = [
    `**${status.service}** to **${status.environment}**: ${status.outcome ?? status.phase}`,
    '',
    `${status.task === 'repair' ? '' : 'Commit '}${status.commit ?? status.requested}, asked for by ${status.by}.`,
  ];
  if (status.reason !== null) lines.push('', `**${status.reason.type}**: ${status.reason.message}`);
  if (status.trouble !== null) {
    lines.push(
      '',
      `**${whatFailed(said)}.** ${status.trouble.message}`,
      '',
      `${status.trouble.advice} Then choose: \`landfall decide ${status.service} --env ${status.environment} retry|accept|go-forward\`,`,
      'or send the update `decide` with one of these:',
      '',
      ...CHOICES.map((choice) => {
        const decision = JSON.stringify({ choice, by: 'your name', question: status.question });
        return `- \`${decision}\`: ${leadsTo(choice, status)}`;
      }),
    );
  }
  lines.push('', '| host | state | live | problem |', '|---|---|---|---|');
  for (const [name, fact] of Object.entries(status.hosts))
    lines.push(`| ${name} | ${fact.state} | ${fact.live ?? '—'} | ${fact.problem ?? ''} |`);
  if (said.others !== undefined) {
    const total = [...stateCounts(said).values()].reduce((sum, count) => sum + count, 0);
    lines.push(
      '',
      `The table shows ${total - unnamed(said)} of ${total} hosts: ${countsInWords(said)}.`,
      'The query `status` with `{"from":0,"count":100}` answers with all of them.',
    );
  }
  return lines.join('\n');
}

/** `2 needs-operator, 948 good`. */
function countsInWords(status: DeployStatus): string {
  return [...stateCounts(status)].map(([state, count]) => `${count} ${state}`).join(', ');
}
