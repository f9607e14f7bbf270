import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passagesOfMarkdown } from '../../../tools/words/markdown';
import { type Passage, sentencesOf } from '../../../tools/words/passage';
import { findingsIn } from '../../../tools/words/rules';
import { passagesOfPython, passagesOfTypeScript } from '../../../tools/words/source';

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
const found = (text: string, kind: Passage['kind'] = 'prose') =>
  findingsIn({ text, line: 1, kind }).map((finding) => finding.found);

test('a sentence of more than 25 words is found with its line', () => {
  const [passage] = passagesOfMarkdown(`# Title\n\nShort.\nThe ${words(25)}.\n`).slice(1);
  assert.ok(passage);
  assert.deepEqual(
    findingsIn(passage).map(({ line, found }) => ({ line, found })),
    [{ line: 4, found: '26 words: "The word word word word …"' }],
  );
});

test('a sentence of 25 words is not found, and neither is a long message', () => {
  assert.deepEqual(found(`The ${words(24)}.`), []);
  assert.deepEqual(found(`The ${words(40)}.`, 'message'), []);
});

test('old words are found wherever they stand, whatever their case', () => {
  assert.deepEqual(found('Torn-off deploys are mended.'), ['"Torn-off"', '"mended"']);
  assert.deepEqual(found('The host is no fool, and puts last good back.'), [
    '"puts last good back"',
    '"is no "',
  ]);
  assert.deepEqual(found('a deploy goes on; nobody waits', 'message'), ['"goes on"', '"nobody"']);
});

test('plain sentences that look alike are not found', () => {
  assert.deepEqual(found('There is no switch. The old unit is no longer live.'), []);
  assert.deepEqual(found('One workflow deploys. What does a deploy survive?'), []);
  assert.deepEqual(found('The pending amendment, the recommended way.'), []);
});

test('a passage that begins without a named subject is found', () => {
  assert.deepEqual(found('It starts.'), ['"It"']);
  assert.deepEqual(found('What a host said.', 'comment'), ['"What"']);
  assert.deepEqual(found('One that waits.'), ['"One"']);
  assert.deepEqual(found('The worker starts. It waits.'), []);
  assert.deepEqual(found('What a deploy survives', 'title'), []);
});

test('code, links and fences of a document are not read as words', () => {
  const document =
    '```\nit goes on\n```\n\nUse `mend` and [the gate](in-vain.md).\n\n| a | what boots |\n|---|---|\n';
  assert.deepEqual(
    passagesOfMarkdown(document).map(({ text, line }) => ({ text, line })),
    [
      { text: 'Use CODE and the gate.', line: 5 },
      { text: 'a', line: 7 },
      { text: 'what boots', line: 7 },
    ],
  );
});

test('each item of a list is a passage, with the lines that continue it', () => {
  const texts = passagesOfMarkdown('- one\n  more\n- two\n1. three\n').map(({ text }) =>
    text.replace(/\s+/g, ' '),
  );
  assert.deepEqual(texts, ['one more', 'two', 'three']);
});

test('sentences end at a full stop before a capital letter, and nowhere within a name', () => {
  const passage: Passage = {
    text: 'Reads landfall.yaml, e.g. this.\nThen it ends. (Or not.)',
    line: 3,
    kind: 'prose',
  };
  assert.deepEqual(sentencesOf(passage), [
    { text: 'Reads landfall.yaml, e.g. this.', line: 3 },
    { text: 'Then it ends.', line: 4 },
    { text: '(Or not.)', line: 4 },
  ]);
});

test('comments and texts of TypeScript are read, its code and regular expressions are not', () => {
  const source = [
    '/**',
    ' * First sentence.',
    ' * @throws Failure: always',
    ' */',
    "const mend = /it's in vain/;",
    "fail('a text with ' + name, `of $".concat('{code({ a: 1 })} parts`); // the why'),
  ].join('\n');
  assert.deepEqual(
    passagesOfTypeScript(source).map(({ text, line, kind }) => [text.trim(), line, kind]),
    [
      ['First sentence.', 2, 'comment'],
      ['@throws Failure: always', 3, 'comment'],
      ['a text with', 6, 'message'],
      ['of CODE parts', 6, 'message'],
      ['the why', 6, 'comment'],
    ],
  );
});

test('docstrings, comments and texts of Python are read', () => {
  const source = '"""What it is for."""\n# why this\n# and that\nraise Refused(\'not a name\')\n';
  assert.deepEqual(
    passagesOfPython(source).map(({ text, line, kind }) => [text.replace(/\s+/g, ' ').trim(), line, kind]),
    [
      ['What it is for.', 1, 'comment'],
      ['why this and that', 2, 'comment'],
      ['not a name', 4, 'message'],
    ],
  );
});
