/** Whether processes continue, and why one ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeInJournal } from '../../../../src/activities/observe/journal-cause';
import { ProcessWatch } from '../../../../src/activities/observe/process-watch';
import { settingsForm } from '../../../../src/config/settings';
import type { ProcessState } from '../../../../src/contract/contract-types';

const UP: ProcessState = {
  unit: 'shop@2-0123456.worker.7.service',
  active: 'active',
  result: 'success',
  exitStatus: 0,
  mainPid: 4711,
  invocation: 'a'.repeat(32),
  restarts: 0,
};

const CAUSES: [string, string[], string | null][] = [
  [
    'an exit status, and the last word of the program',
    [
      '13:52:58.043Z systemd[1]: Started shop@3-b408a30.worker.7.service - shop, worker.',
      '13:52:58.200Z python[812]: Traceback (most recent call last):',
      "13:52:58.201Z python[812]: ModuleNotFoundError: No module named 'shop'",
      '13:52:58.227Z systemd[1]: shop@3-b408a30.worker.7.service: Main process exited, code=exited, status=1/FAILURE',
    ],
    "it ended with exit status 1: ModuleNotFoundError: No module named 'shop'",
  ],
  [
    'a signal, of a program that said nothing',
    ['1Z systemd[1]: shop@3-b408a30.worker.7.service: Main process exited, code=killed, status=9/KILL'],
    'it was ended by signal 9',
  ],
  [
    'not what a program says about exits',
    ['1Z python[8]: Main process exited, code=exited, status=1/FAILURE'],
    null,
  ],
  ['nothing', [], null],
];

for (const [what, journal, cause] of CAUSES)
  test(`the journal tells ${what}`, () => assert.equal(causeInJournal(journal), cause));

const PROCESSES = settingsForm.read(
  {
    processes: {
      worker: { command: 'a' },
      quiet: { command: 'b', onFailure: 'report' },
      nightly: { command: 'c', schedule: 'daily' },
    },
  },
  { service: 'shop' },
).processes;

const LOOKS: [string, string, Partial<ProcessState>, string | null][] = [
  ['a process that continues', 'worker', {}, null],
  ['a restart', 'worker', { restarts: 1 }, 'systemd has restarted it once'],
  ['another start', 'worker', { invocation: 'b'.repeat(32) }, 'it runs'],
  [
    'an end',
    'worker',
    { active: 'failed', result: 'exit-code', exitStatus: 3 },
    'it ended with exit status 3',
  ],
  ['no memory', 'worker', { active: 'failed', result: 'oom-kill' }, 'it was killed because memory ran out'],
  ['an end that is only reported', 'quiet', { active: 'failed', result: 'exit-code' }, null],
  ['a scheduled run that ended', 'nightly', { active: 'failed', result: 'exit-code' }, null],
  ['a process that the release does not have', 'other', { restarts: 4 }, null],
];

for (const [what, process, changes, words] of LOOKS)
  test(`in a soak: ${what}`, () => {
    const watch = new ProcessWatch(PROCESSES);
    watch.see({ processes: { [process]: UP } });
    assert.equal(watch.failed(), null);
    watch.see({ processes: { [process]: { ...UP, ...changes } } });
    assert.equal(watch.failed()?.words ?? null, words);
    if (words !== null) assert.equal(watch.failed()?.invocation, UP.invocation, 'the start that has ended');
  });

test('a look without processes is not the end of one', () => {
  const watch = new ProcessWatch(PROCESSES);
  watch.see({ processes: { worker: UP } });
  watch.see({});
  assert.equal(watch.failed(), null);
});
