import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationOfRun, annotationsOfError } from '../../../../src/cli/ci/annotations';
import { placeInApp } from '../../../../src/cli/ci/place-in-app';
import { ConfigError } from '../../../../src/config/config-error';
import { notReady, status } from '../status';

const RELEASES = '/srv/shop/releases/4-1a2b3c4';
const JOURNAL = [
  'Traceback (most recent call last):',
  `  File "${RELEASES}/.venv/lib/python3.11/site-packages/gunicorn/util.py", line 371, in import_app`,
  `  File "${RELEASES}/shop/main.py", line 3, in <module>`,
  `  File "${RELEASES}/shop/settings.py", line 12, in load`,
  '  File "/usr/lib/python3.11/os.py", line 680, in __getitem__',
  "KeyError: 'DATABASE_URL'",
];

test('a run that did what was asked has no annotation', () => {
  assert.equal(annotationOfRun(status(), []), null);
  assert.equal(annotationOfRun(status({ outcome: 'repaired', task: 'repair' }), []), null);
});

test('a failed run is annotated where its own code stands in the traceback', () => {
  const failed = status({ outcome: 'rolled-back', reason: notReady });
  const evidence = [{ host: 'web1', evidence: { journal: JOURNAL } }];
  assert.deepEqual(annotationOfRun(failed, evidence), {
    level: 'error',
    title: 'ROLLED BACK: 1a2b3c4 of shop is not live in production.',
    message: `${notReady.message} Fix the cause.`,
    place: { file: 'shop/settings.py', line: 12 },
  });
  assert.equal(annotationOfRun(failed, [])?.place, null);
});

const NO_PLACES = [
  `File "${RELEASES}/../../../etc/passwd.py", line 1`,
  `File "${RELEASES}/a b.py", line 1`,
  `File "${RELEASES}/x,line=2::y.py", line 1`,
  `File "${RELEASES}/main.py", line 99999999`,
  'File "main.py", line 1',
];

for (const line of NO_PLACES)
  test(`not a place in the app: ${line}`, () => {
    assert.equal(placeInApp([{ host: null, evidence: { output: line } }]), null);
  });

test('a place is looked for in linear time', () => {
  const output = 'File "/releases/a/'.repeat(100_000);
  assert.equal(placeInApp([{ host: null, evidence: { output } }]), null);
});

test('mistakes in landfall.yaml are annotated at their lines, in the folder of the checkout', () => {
  const problem = {
    file: '/builds/shop/deploy/landfall.yaml',
    line: 4,
    column: 3,
    key: 'soak',
    message: 'unknown key',
  };
  const error = new ConfigError([
    problem,
    { ...problem, line: null, key: '', message: 'there is no such file' },
  ]);
  assert.deepEqual(annotationsOfError(error, error.lines, { GITHUB_WORKSPACE: '/builds/shop' }), [
    {
      level: 'error',
      title: 'Landfall',
      message: 'soak: unknown key',
      place: { file: 'deploy/landfall.yaml', line: 4 },
    },
    {
      level: 'error',
      title: 'Landfall',
      message: 'there is no such file',
      place: null,
    },
  ]);
  assert.deepEqual(annotationsOfError(new Error('x'), ['a', 'b'], {}), [
    { level: 'error', title: 'Landfall', message: 'a b', place: null },
  ]);
});
