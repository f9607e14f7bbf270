import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/package-root';
import { ensureActionlint } from '../../harness/actionlint';
import { runCommand } from '../../harness/run-command';

const FOLDER = join(packageRoot(), '.github', 'workflows');
const FILES = readdirSync(FOLDER).map((name) => join(FOLDER, name));

interface Job {
  permissions?: Record<string, string>;
  needs?: string | string[];
  steps?: { uses?: string }[];
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

function workflow(name: string): Workflow {
  return parse(readFileSync(join(FOLDER, name), 'utf8'));
}

const { permissions, jobs } = workflow('release.yml');

test('the workflows of the project pass actionlint', async () => {
  assert.ok(FILES.length >= 2, FILES.join(' '));
  const actionlint = await ensureActionlint((line) => console.error(line));
  // Whether shellcheck and pyflakes are installed must not change the result.
  const args = ['-no-color', '-shellcheck=', '-pyflakes=', ...FILES];
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

test('the site is published by a job that runs no code of the repository', () => {
  const site = workflow('site.yml');
  assert.deepEqual(site.permissions, {});
  assert.deepEqual(site.jobs.build?.permissions, { contents: 'read' });
  const { publish } = site.jobs;
  assert.deepEqual(publish?.permissions, { pages: 'write', 'id-token': 'write' });
  assert.deepEqual(
    publish?.steps?.map(({ uses }) => uses?.split('@')[0]),
    ['actions/deploy-pages'],
  );
});

test('nothing is published before the checks and the tries on each Node have passed', () => {
  for (const name of ['npm', 'pypi', 'image']) assert.deepEqual(jobs[name]?.needs, ['check', 'try'], name);
  assert.deepEqual(jobs.release?.needs, ['npm', 'pypi', 'image']);
});

test('each action is named by the full id of a commit', () => {
  const texts = FILES.map((file) => readFileSync(file, 'utf8')).join('\n');
  const used = [...texts.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
  assert.ok(used.length > 0);
  assert.deepEqual(
    used.filter((action) => !/@[0-9a-f]{40}$/.test(action)),
    [],
  );
});
