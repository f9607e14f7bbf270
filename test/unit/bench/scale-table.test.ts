import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HEADER, rowOf, withTable } from '../../../bench/scale/table';
import { packageRoot } from '../../../src/package-root';

const result = {
  scenario: 'good',
  hosts: 1_000,
  seconds: 61.23,
  outcome: 'deployed',
  events: 25_012,
  historyBytes: 9_870_000,
  statusBytes: 3_500,
  resultBytes: 3_512,
  workerBytes: 401_000_000,
  workerCpuSeconds: 20,
  failedTasks: 0,
} as const;

const ROW = '| 1,000 | good | 61.2 | 20.0 s | 25,012 | 9.9 MB | 3.5 kB | 401 MB | 0 |';

describe('the table of how deploys grow', () => {
  it('has a row for each measurement', () => {
    assert.equal(rowOf(result), ROW);
    assert.match(rowOf({ ...result, seconds: null }), /does not end/);
  });

  it('replaces the table of docs/performance.md, and nothing else of it', () => {
    const page = readFileSync(join(packageRoot(), 'docs', 'performance.md'), 'utf8');
    const written = withTable(page, [ROW]);
    const table = [...HEADER, ROW].join('\n');
    const [before = '', after = ''] = written.split(table);
    assert.ok(page.startsWith(before) && page.endsWith(after), 'the text around the table stays');
    assert.equal(withTable(written, [ROW]), written);
  });

  it('is written only into a page that has it', () => {
    assert.throws(() => withTable('# Nothing here\n', [ROW]), /no table/);
  });
});
