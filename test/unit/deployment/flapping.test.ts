import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flapping } from '../../../src/deployment/flapping';

/** `g` is a good look, `b` a bad one. */
function problemAfter(looks: string): string | null {
  const flapping = new Flapping();
  for (const look of looks) flapping.see(look === 'b');
  return flapping.problem();
}

test('a third turn to bad within twenty looks is flapping', () => {
  assert.equal(problemAfter('gbgbg'), null);
  assert.equal(problemAfter('gbgbgb'), 'flapping: turned bad 3 times in 6 answers');
  assert.equal(problemAfter('gbbbbbgbbbbb'), null, 'the tolerance judges bad looks in a row');
  assert.equal(problemAfter(`gb${'g'.repeat(9)}b${'g'.repeat(9)}b`), null, 'too long ago');
});

test('bad answers count from the first good one', () => {
  const flapping = new Flapping();
  for (const look of 'bbb') flapping.see(look === 'b');
  assert.equal(flapping.note(), null);
  for (const look of 'ggbg') flapping.see(look === 'b');
  assert.equal(flapping.note(), '1 of 4 answers bad');
});
