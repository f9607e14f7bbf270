import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Undo } from '../../../src/deployment/plan/change';
import {
  begun,
  fenced,
  isTouched,
  nextUndo,
  oneUndone,
  turnedForward,
  UNCHANGED,
  undone,
} from '../../../src/deployment/progress';

const END: Undo = [{ name: 'removeInstance', release: '2-0123456', words: 'end it' }];
const BACK: Undo = [{ name: 'switchRelease', release: '1-aaaaaaa', words: 'back' }];
const change = (undo: Undo[], touchesLive: boolean): Change => ({
  does: { name: 'stopService', words: 'any' },
  undo,
  touchesLive,
  interrupts: null,
});
const started = begun(UNCHANGED, change([END], false));
const switched = begun(started, change([BACK, END], true));

test('a change brings all that undoes the deploy from there on', () => {
  assert.deepEqual(started, { stage: 'changed', undo: [END], touched: false });
  assert.deepEqual(switched, { stage: 'changed', undo: [BACK, END], touched: true });
  assert.equal(isTouched(begun(switched, change([END], false))), true, 'once touched it stays so');
});

test('a step that only verifies leaves everything as it is', () => {
  assert.equal(begun(UNCHANGED, change([], false)), UNCHANGED);
  assert.equal(begun(switched, change([], false)), switched);
});

test('a rollback continues with the undo that failed', () => {
  assert.equal(nextUndo(switched), BACK);
  const half = oneUndone(switched);
  assert.equal(nextUndo(half), END);
  assert.equal(nextUndo(oneUndone(half)), null);
  assert.deepEqual(undone(oneUndone(half)), { stage: 'undone', touched: true });
});

test('an operator who goes forward keeps whatever is not undone yet', () => {
  assert.deepEqual(turnedForward(oneUndone(switched)), { stage: 'changed', undo: [END], touched: true });
  assert.deepEqual(turnedForward(undone(switched)), { stage: 'changed', undo: [], touched: true });
  assert.deepEqual(turnedForward(UNCHANGED), { stage: 'changed', undo: [], touched: false });
});

test('on a host of another deploy nothing is undone', () => {
  assert.deepEqual(fenced(switched), { stage: 'fenced', touched: true });
  assert.equal(nextUndo(fenced(switched)), null);
});
