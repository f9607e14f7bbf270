/** The table of `docs/zoo.md`: one line for each project, from its row and from the words of its deploy. Pure. */
import { stringify } from 'yaml';
import type { Row } from './rows';

export const HEAD = `| project | landfall.yaml, beyond service, repository and hosts | packages from | started with | tried |
|---|---|---|---|---|`;

/** @param said the output of its second deploy */
export function lineOf(row: Row, said: string): string {
  const packages = / dependencies: ([^;(\n]+?)(?:;| \(\d)/.exec(said)?.[1] ?? '';
  const started = / how to start \S+ · (.+?) \([\d.]+ s\)$/m.exec(said)?.[1] ?? '';
  const tried = ['deploy, deploy, rollback', ...(row.also === undefined ? [] : [row.also])].join('; ');
  const cells = [row.title, yamlOf(row.own), plain(packages.trim()), plain(started), tried];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Without it `__init__` would be printed bold, and without its lines. */
function plain(text: string): string {
  return text.replaceAll('__', '\\_\\_');
}

function yamlOf(own: Record<string, unknown>): string {
  const lines = Object.entries(own).map(([key, value]) => flow(key, value));
  return lines.length === 0 ? 'nothing' : lines.map((line) => `\`${line}\``).join('<br>');
}

function flow(key: string, value: unknown): string {
  return stringify({ [key]: value }, { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\{ ?(.*?) ?\}$/s, '$1');
}
