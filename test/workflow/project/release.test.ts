import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/package-root';
import { ensureActionlint } from '../../harness/actionlint';
import { runCommand } from '../../harness/run-command';

const FILE = join(packageRoot(), '.github', 'workflows', 'release.yml');

interface Job {
  permissions?: Record<string, string>;
  needs?: string | string[];
}

const { permissions, jobs } = parse(readFileSync(FILE, 'utf8')) as {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
};

test('the release workflow passes actionlint', async () => {
  const actionlint = await ensureActionlint((line) => console.error(line));
  // Whether shellcheck and pyflakes are installed must not change the result.
  const args = ['-no-color', '-shellcheck=', '-pyflakes=', FILE];
  const { code, output } = await runCommand(actionlint, args, { cwd: packageRoot(), env: process.env });
  assert.deepEqual([code, output], [0, '']);
});

test('no job of the release may do more than its own work', () => {
  assert.deepEqual(permissions, {});
  const given = Object.entries(jobs).map(([name, job]) => [name, job.permissions]);
  assert.deepEqual(Object.fromEntries(given), {
    check: { contents: 'read' },
    build: { contents: 'read' },
    try: {},
    npm: { 'id-token': 'write' },
    pypi: { 'id-token': 'write' },
    image: { contents: 'read', packages: 'write' },
    release: { contents: 'write' },
  });
});

test('nothing is published before the checks and the tries on each Node have passed', () => {
  for (const name of ['npm', 'pypi', 'image']) assert.deepEqual(jobs[name]?.needs, ['check', 'try'], name);
  assert.deepEqual(jobs.release?.needs, ['npm', 'pypi', 'image']);
});

test('each action is named by the full id of a commit', () => {
  const used = [...readFileSync(FILE, 'utf8').matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
  assert.ok(used.length > 0);
  assert.deepEqual(
    used.filter((action) => !/@[0-9a-f]{40}$/.test(action)),
    [],
  );
});
