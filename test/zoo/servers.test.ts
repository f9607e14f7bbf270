import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { SERVERS } from './rows';
import { lineOf } from './table';
import { tryRow } from './try-row';
import { Zoo } from './zoo';

const TABLE = join(packageRoot(), 'docs', 'zoo.md');

describe('the zoo: servers, and processes next to them', () => {
  let zoo: Zoo;
  before(async () => {
    zoo = await Zoo.open();
  });
  after(() => zoo?.close());

  for (const row of SERVERS)
    it(row.title, async () => {
      const line = lineOf(row, await tryRow(zoo, row));
      assert.ok(
        readFileSync(TABLE, 'utf8').includes(`${line}\n`),
        `npm run zoo writes docs/zoo.md. It lacks:\n${line}`,
      );
    });
});
