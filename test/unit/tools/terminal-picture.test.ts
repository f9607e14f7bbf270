import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { deployThatEndedWith } from '../../../tools/terminal/excerpt';
import { pictureOfTerminal } from '../../../tools/terminal/picture';
import { rollbackPicture } from '../../../tools/terminal/rollback';

const RECORDING = `$ landfall deploy shop --ref 1
DEPLOYED 1 of shop to production.

exit code 0;  GET / → 200
$ landfall deploy shop --ref 2
  ✗ web1: soak for 6 s · went bad
ROLLED BACK: 2 of shop is not live in production.

What failed: NotReady
Unit on web1: active
    a line of the journal

Live now:
  web1: 1 (ready)

All details: http://127.0.0.1:8233/

exit code 3;  GET / → 200
Engine and host are taken down now.
`;

test('the picture in README is what the tool draws of the recorded demo', () => {
  const { file, picture } = rollbackPicture(packageRoot());
  assert.equal(readFileSync(file, 'utf8'), picture, 'Run npm run picture.');
  assert.match(picture, />ROLLED BACK: [0-9a-f]{7} of shop is not live in production\.</);
});

test('the shown part is one deploy, from its command to its exit code, without the evidence', () => {
  assert.deepEqual(deployThatEndedWith(3, RECORDING), [
    '$ landfall deploy shop --ref 2',
    '  ✗ web1: soak for 6 s · went bad',
    'ROLLED BACK: 2 of shop is not live in production.',
    '',
    '⋯ 3 lines of evidence: the failure, the unit, its last answer, its journal',
    '',
    'Live now:',
    '  web1: 1 (ready)',
    '',
    'exit code 3;  GET / → 200',
  ]);
});

test('a recording without such a deploy is refused', () => {
  assert.throws(() => deployThatEndedWith(2, RECORDING), /no deploy that ended with exit code 2/);
  assert.throws(() => deployThatEndedWith(3, 'exit code 3;\n'), /no deploy that ended with exit code 3/);
});

/** The texts of a picture, as a reader of the XML gets them. */
function shown(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, text = '']) =>
    text.replaceAll(/<\/?tspan[^>]*>/g, ''),
  );
}

test('a text cannot become an element of the picture, nor reverse or hide others', () => {
  const picture = pictureOfTerminal(['</text><script>"&"\u001b[2J\u202e\u0000'], '<b>');
  assert.deepEqual(shown(picture), ['&lt;/text&gt;&lt;script&gt;&quot;&amp;&quot;\uFFFD[2J\uFFFD\uFFFD']);
  assert.match(picture, /<title>&lt;b&gt;<\/title>/);
  assert.doesNotMatch(picture, /<script|<b>/);
});

test('a long line continues below its first word, and no row is wider than the picture', () => {
  const rows = shown(pictureOfTerminal([`  ✓ ${'word '.repeat(60)}end`, 'x'.repeat(250)], 'wide'));
  assert.ok(rows.length >= 6, `${rows.length} rows`);
  for (const row of rows) assert.ok(row.length <= 108, row);
  assert.equal(
    rows
      .filter((row) => row.includes('word'))
      .join(' ')
      .split('word').length,
    61,
  );
  assert.equal(rows.filter((row) => row.startsWith('x')).join('').length, 250);
});
