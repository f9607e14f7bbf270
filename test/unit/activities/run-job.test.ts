import assert from 'node:assert/strict';
import { test } from 'node:test';
import { howItEnded, lastLine, succeeded } from '../../../src/activities/run-job';
import type { JobState } from '../../../src/contract/contract-types';

const state = (changes: Partial<JobState>): JobState => ({
  name: 'landfall-job-shop-1-migrate-0.service',
  state: 'ended',
  result: 'success',
  exitStatus: 0,
  elapsedMilliseconds: 1_000,
  memoryMaxBytes: null,
  output: '',
  ...changes,
});

test('only a job that ended well succeeded', () => {
  assert.equal(succeeded(state({})), true);
  assert.equal(succeeded(state({ exitStatus: 1 })), false);
  assert.equal(succeeded(state({ result: 'signal' })), false);
  for (const other of ['running', 'lost', 'absent'] as const)
    assert.equal(succeeded(state({ state: other })), false);
});

test('how a job ended, in words', () => {
  const words = (result: string | null, exitStatus: number | null) =>
    howItEnded(state({ result, exitStatus, memoryMaxBytes: 512 * 1024 ** 2 }), 60_000, 'migrate.memory');
  assert.equal(words('timeout', 15), 'did not end within 60 s (migrate.timeout)');
  assert.equal(
    words('oom-kill', 9),
    'was killed because memory ran out: its limit was 512 MiB; migrate.memory in landfall.yaml sets another',
  );
  assert.equal(words('signal', 9), 'was ended by signal 9');
  assert.equal(words('exit-code', 3), 'ended with exit status 3');
  assert.equal(words('resources', null), 'could not be run by systemd (resources, status ?)');
  assert.equal(words(null, null), 'could not be run by systemd (no result, status ?)');
});

test('the last line that says something', () => {
  assert.equal(lastLine('one\n  two  \n\n \n'), 'two');
  assert.equal(lastLine('\n'), '');
  assert.equal(lastLine(''), '');
});
