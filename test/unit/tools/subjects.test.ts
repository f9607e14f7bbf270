import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectFault } from '../../../tools/words/subjects';

test('an imperative of at most 72 characters is right', () => {
  for (const subject of [
    'Sort activities by what they may do, and tests into lanes',
    'Address each host by its name',
    'Bring the gate up first',
    'Embed the engine',
    `Take ${'x'.repeat(67)}`,
    "Merge branch 'main' of example.com:acme/a-repository-with-a-long-name into a-long-branch",
    `Revert "Take ${'x'.repeat(67)}"`,
  ]) {
    assert.equal(subjectFault(subject), null, subject);
  }
});

test('a subject that is too long, not an imperative, or left over from a rebase is named as such', () => {
  const faults = {
    [`Take ${'x'.repeat(68)}`]: /73 characters/,
    'Added a test': /imperative/,
    'Fixes the gate': /imperative/,
    'Moving files': /imperative/,
    'The gate moves': /imperative/,
    'Gate: move files': /prefix/,
    'fix(gate): move files': /prefix/,
    'move files': /capital/,
    'Move files.': /full stop/,
    'fixup! Move files': /squash/,
  };
  for (const [subject, fault] of Object.entries(faults))
    assert.match(subjectFault(subject) ?? 'right', fault, subject);
});
