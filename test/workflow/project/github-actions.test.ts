import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { ensureActionlint } from '../../harness/actionlint';
import { runCommand } from '../../harness/run-command';

test('the GitHub Actions examples pass actionlint', async () => {
  const actionlint = await ensureActionlint((line) => console.error(line));
  const folder = join(packageRoot(), 'examples', 'github-actions');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  assert.deepEqual(files.sort(), ['deploy.yml', 'plan.yml']);
  // Whether shellcheck and pyflakes are installed must not change the result.
  const args = ['-no-color', '-shellcheck=', '-pyflakes=', ...files];
  const { code, output } = await runCommand(actionlint, args, { cwd: folder, env: process.env });
  assert.deepEqual([code, output], [0, '']);
});
