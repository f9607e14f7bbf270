import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerIn } from '../../../src/host-agent/answer-line';
import { RUN_FIRST_LINE } from '../../../src/host-agent/bootstrap';

const ANSWER = '{"protocol": 4, "ok": true, "result": {"text": "{\\"protocol\\": 1}"}}';

test('the answer is found between the lines of a shell, and nothing else is taken for one', () => {
  const whole = JSON.parse(ANSWER);
  for (const output of [`${ANSWER}\n`, `Welcome {you}!\n${ANSWER}\n`, `welcome ${ANSWER}\nbye\n\n`])
    assert.deepEqual(answerIn(output), whole, output);
  for (const output of ['', 'Welcome!\n', '{"other": 1}\n', ANSWER.slice(0, -3), '[1]', 'null', '{'])
    assert.equal(answerIn(output), null, output);
});

test('the command of a setup is a word that every login shell reads alike', () => {
  assert.match(RUN_FIRST_LINE, /^[A-Za-z0-9 ,;.()_]+$/);
});
