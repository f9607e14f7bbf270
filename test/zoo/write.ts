/** `npm run zoo`: tries every project of the zoo on a host of its own, and writes the table of `docs/zoo.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { PACKAGING, SERVERS } from './rows';
import { HEAD, lineOf } from './table';
import { tryRow } from './try-row';
import { Zoo } from './zoo';

const DOCUMENT = join(packageRoot(), 'docs', 'zoo.md');

async function main(): Promise<void> {
  const zoo = await Zoo.open();
  const lines: string[] = [];
  try {
    for (const row of [...PACKAGING, ...SERVERS]) {
      console.error(`Trying: ${row.title}`);
      lines.push(lineOf(row, await tryRow(zoo, row)));
    }
  } finally {
    await zoo.close();
  }
  const table = [HEAD, ...lines].join('\n');
  const written = readFileSync(DOCUMENT, 'utf8').replace(/^\| project .*\n(?:\|.*\n)*/m, `${table}\n`);
  writeFileSync(DOCUMENT, written);
  console.error('docs/zoo.md has the table.');
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
