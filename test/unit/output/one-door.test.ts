import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/package-root';

/** Code that writes to the streams that people, terminals and CI systems read. */
const WRITES = /process\.(stdout|stderr)|\bconsole\.|\bwriteSync\((1|2),|\bcreateWriteStream\(/;

/** The bytes of the engine's protocol, a file of the backup, and lines that another command has made safe. */
const ARE_NOT_TEXTS = ['cli/commands/engine.ts', 'cli/commands/controller/backup.ts', 'cli/door/run-here.ts'];

test('nothing but src/output writes to standard output or standard error', () => {
  const src = join(packageRoot(), 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  assert.ok(files.length > 100, 'these are the sources');
  const writing = files.filter((file) => WRITES.test(readFileSync(join(src, file), 'utf8')));
  assert.deepEqual(
    writing.filter((file) => !file.startsWith('output/') && !ARE_NOT_TEXTS.includes(file)),
    [],
  );
  assert.ok(writing.includes('output/output.ts'), 'the pattern finds what writes');
});
