import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { checkDecision, checkSupersession } from '../../../src/workflows/check-message';
import { randomJson } from '../../harness/random-json';
import { randomNumbers } from '../../harness/random-numbers';

const DECISION = { choice: 'retry', by: 'ada', question: 1 };

/** Why it is refused. */
function refused(check: (argument: unknown) => void, argument: unknown): string {
  try {
    check(argument);
  } catch (error) {
    assert.ok(error instanceof ApplicationFailure, 'only such a failure refuses an update');
    assert.equal(error.nonRetryable, true);
    return error.message;
  }
  assert.fail(`taken: ${JSON.stringify(argument)}`);
}

describe('what an update carries', () => {
  it('a decision names choice, who and question, and is taken', () => {
    for (const choice of ['retry', 'accept', 'go-forward']) checkDecision({ ...DECISION, choice });
    checkDecision({ ...DECISION, by: `Zoë 🦊 (GitHub Actions)` });
  });

  const wrong: [unknown, RegExp][] = [
    [undefined, /needs an object, and got missing\. Send for example \{"choice":"retry","by":"your name"/],
    [null, /needs an object, and got null/],
    [[DECISION], /needs an object, and got a list/],
    [7, /needs an object, and got 7/],
    ['retry', /needs an object, and got "retry"/],
    [{}, /choice must be retry, accept, go-forward, exactly so, and is missing/],
    [{ ...DECISION, choice: 'Accept' }, /and is "Accept"/],
    [{ ...DECISION, choice: 'retry ' }, /and is "retry "/],
    [{ ...DECISION, choice: ['retry'] }, /and is a list/],
    [{ ...DECISION, by: '' }, /by must be a text of 1 to 200 printable characters, and is ""/],
    [{ ...DECISION, by: ' ' }, /by must be/],
    [{ ...DECISION, by: {} }, /by must be .* and is an object/],
    [{ ...DECISION, by: 'x'.repeat(201) }, /by must be .*and 161 characters more/],
    [{ ...DECISION, by: 'a\u001b[2J' }, /by must be .* and is "a\?\[2J"/],
    [{ ...DECISION, by: 'a\u2028b' }, /by must be/],
    [{ ...DECISION, by: '\u202eevil' }, /by must be/],
    [{ ...DECISION, by: 'half \ud83e' }, /by must be .* and is "half \?"/],
    [{ choice: 'retry', by: 'ada' }, /question must be the number of the question, .* and is missing/],
    [{ ...DECISION, question: '1' }, /question must be .* and is "1"/],
    [{ ...DECISION, question: 1.5 }, /question must be/],
    [{ ...DECISION, question: 0 }, /question must be/],
    [{ ...DECISION, comment: 'why' }, /has only the fields choice, by, question, and got "comment"/],
  ];
  for (const [argument, why] of wrong)
    it(`a decision ${JSON.stringify(argument)
      ?.slice(0, 60)
      .replace(/[^\x20-\x7e]/g, '?')} is refused, and it is said why`, () => {
      assert.match(refused(checkDecision, argument), why);
    });

  it('a supersession names what and who', () => {
    checkSupersession({ commit: 'c'.repeat(40), by: 'ops' });
    checkSupersession({ commit: 'doctor --repair', by: 'ops' });
    assert.match(refused(checkSupersession, {}), /by must be/);
    assert.match(refused(checkSupersession, undefined), /needs an object/);
    assert.match(
      refused(checkSupersession, { by: 'ops' }),
      /commit must be a text of 1 to 255 printable characters, and is missing/,
    );
    assert.match(refused(checkSupersession, { by: 'ops', commit: 'c'.repeat(256) }), /commit must be/);
  });

  it('anything else is refused in a few printable words', () => {
    const random = randomNumbers(15);
    for (let nth = 0; nth < 5_000; nth += 1) {
      // Without a question no decision is whole, and without a commit no supersession.
      const argument = randomJson(random, ['choice', 'by', '__proto__', 'constructor', 'length']);
      for (const check of [checkDecision, checkSupersession]) {
        const why = refused(check, argument);
        assert.match(why, /^[\x20-\x7e]{20,400}$/);
      }
    }
  });
});
