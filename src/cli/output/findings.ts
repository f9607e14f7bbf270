/** The findings of `landfall adopt` as lines for a terminal. Pure. */
import type { Facts } from '../../adopt/facts';
import type { Finding } from '../../adopt/finding';
import { listenedInWords } from '../../deployment/hand-made';

const SIGNS: Record<Finding['level'], string> = { error: '✗', warning: '!', note: '·' };

export function findingLines(findings: Finding[], { reading, command }: Facts): string[] {
  const { unit, checkout, machine } = reading;
  const server = command === null ? 'no known server' : `${command.server} ${command.app ?? ''}`.trim();
  const at = unit.listens.length === 0 ? '' : `, listens on ${listenedInWords(unit.listens)}`;
  const commit = checkout?.commit
    ? ` at ${checkout.commit.slice(0, 7)}${checkout.branch ? ` (${checkout.branch})` : ''}`
    : '';
  const count = (level: Finding['level']) => findings.filter((each) => each.level === level).length;
  return [
    `${unit.name} on ${machine.hostname}: ${unit.active}, ${server}, as ${unit.user}${at}`,
    `from ${checkout?.root ?? unit.directory}${commit}`,
    '',
    ...findings.flatMap(({ level, text, next }) => [
      `  ${SIGNS[level]} ${text}`,
      ...(next === null ? [] : [`      ${next}`]),
    ]),
    ...(findings.length === 0 ? [] : ['']),
    `${count('error')} to correct, ${count('warning')} to decide, ${count('note')} to know.`,
  ];
}

export function nextLines({ service }: Facts, written: string, environment: string): string[] {
  const host = written.replace(/^.*@/, '').replace(/:\d+$/, '');
  return [
    'Next:',
    `  landfall validate`,
    `  landfall setup ${host} --env ${environment}`,
    `  landfall plan ${service} --env ${environment}`,
    `  landfall deploy ${service} --env ${environment}`,
  ];
}
