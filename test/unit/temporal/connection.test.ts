import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskQueueFrom } from '../../../src/temporal/connection';

test('the task queue is landfall, unless a variable names another one', () => {
  assert.equal(taskQueueFrom({}), 'landfall');
  assert.equal(taskQueueFrom({ LANDFALL_TASK_QUEUE: 'team-a.web_1' }), 'team-a.web_1');
  for (const name of ['', 'a b', 'x'.repeat(101), 'a\n'])
    assert.throws(() => taskQueueFrom({ LANDFALL_TASK_QUEUE: name }), /LANDFALL_TASK_QUEUE is not the name/);
});
