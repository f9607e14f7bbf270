import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVariables, problemOfName } from '../../../../src/cli/env/parse-variables';

/** The text, and the value of A in it. */
const VALUES: [text: string, value: string][] = [
  ['A=x', 'x'],
  ['  A = x  ', 'x'],
  ['A=x\r\nB=y', 'x'],
  ['\ufeffA=x', 'x'],
  ['export A=x', 'x'],
  ['# A=0\n\nA=x', 'x'],
  ['A=a=b=', 'a=b='],
  ['A=$HOME \\n', '$HOME \\n'],
  ['A=\'it is\n"two" $X \\n\'', 'it is\n"two" $X \\n'],
  ['A="one\ntwo"', 'one\ntwo'],
  ['A="tab\\tline\\nquote\\"slash\\\\dollar\\$ \\d"', 'tab\tline\nquote"slash\\dollar$ \\d'],
  ['A="x" # why', 'x'],
  ['A="" ', ''],
  ['A=x # y', 'x # y'],
  [`A=${'é🐍'.repeat(3)}`, 'é🐍é🐍é🐍'],
];

for (const [text, value] of VALUES) {
  test(`the value of A in ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
    const { values, problems } = parseVariables(text);
    assert.deepEqual(problems, []);
    assert.equal(values.get('A'), value);
  });
}

/** The text, and why it is refused. */
const PROBLEMS: [text: string, problem: string][] = [
  ['secretvalue', 'line 1: there is no NAME=value'],
  ['A=1\nexport B', 'line 2: there is no NAME=value'],
  ['A: secretvalue', 'line 1: there is no NAME=value'],
  ['my-name=secretvalue', 'line 1: a name has letters, digits and _, and does not begin with a digit'],
  ['PATH=secretvalue', 'line 1: PATH belongs to systemd or to Landfall'],
  ['A="secretvalue\nB=2', 'line 1: the quote is never closed'],
  ['A="x"secretvalue', 'line 1: there is text behind the closing quote'],
  ['A=1\nA=2', 'line 2: A is set twice'],
  ['A=\0', 'line 1: the value has a NUL character'],
];

for (const [text, problem] of PROBLEMS) {
  test(`${JSON.stringify(text)} is refused, and no value is quoted`, () => {
    assert.deepEqual(parseVariables(text).problems, [problem]);
  });
}

test('lines that other tools read otherwise are kept as they are, and named', () => {
  const { notices } = parseVariables('A=x # y\nB=$X/y\nC="$X"\nD=\'$X\'\nE=5$');
  assert.deepEqual(notices, [
    'line 1: the text after # belongs to the value',
    'line 2: $ is kept as it is, and nothing is put in its place',
    'line 3: $ is kept as it is, and nothing is put in its place',
  ]);
});

test('NAME= is a name without a value, and NAME="" is empty', () => {
  const { values, empty } = parseVariables('A=\nB=""');
  assert.deepEqual([...values], [['B', '']]);
  assert.deepEqual(empty, ['A']);
});

test('a name that Landfall or systemd sets cannot be taken', () => {
  assert.equal(problemOfName('LANDFALL_PHASE'), 'LANDFALL_PHASE belongs to systemd or to Landfall');
  assert.equal(problemOfName('DATABASE_URL'), null);
});
