import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import type { Row } from './rows';
import { lineOf } from './table';
import { tryRow } from './try-row';
import { Zoo } from './zoo';

const TABLE = join(packageRoot(), 'docs', 'zoo.md');

/** Tries these projects on one host; the table of docs/zoo.md must say what their deploys say. */
export function describeZoo(title: string, rows: Row[]): void {
  describe(`the zoo: ${title}`, () => {
    let zoo: Zoo;
    before(async () => {
      zoo = await Zoo.open();
    });
    after(() => zoo?.close());

    for (const row of rows)
      it(row.title, async () => {
        const line = lineOf(row, await tryRow(zoo, row));
        const words = `npm run zoo writes docs/zoo.md. It lacks:\n${line}`;
        assert.ok(readFileSync(TABLE, 'utf8').includes(`${line}\n`), words);
      });
  });
}
