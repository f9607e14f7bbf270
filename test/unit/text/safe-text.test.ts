import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fromMarkdown,
  linesOf,
  markdown,
  markdownSummary,
  oneLine,
  printable,
  safeJson,
  withinBytes,
} from '../../../src/text/safe-text';

const ESC = '\u001b';
const BEL = '\u0007';

test('escape sequences go whole, in both forms', () => {
  const texts: [string, string][] = [
    [`${ESC}[31mred${ESC}[0m`, 'red'],
    ['\u009b31mred\u009b0m', 'red'],
    [`${ESC}[2K${ESC}[1;1Hhome`, 'home'],
    [`${ESC}]0;title${BEL}text`, 'text'],
    [`${ESC}]52;c;cm0gLXJm${ESC}\\text`, 'text'],
    ['\u009d0;title\u009ctext', 'text'],
    [`${ESC}]8;;https://evil.example/${BEL}link${ESC}]8;;${BEL}`, 'link'],
    [`${ESC}P1;2|payload${ESC}\\text`, 'text'],
    [`${ESC}_payload${ESC}\\${ESC}^payload${ESC}\\${ESC}Xpayload${ESC}\\text`, 'text'],
    [`${ESC}ctext`, 'text'],
    [`${ESC}(0text`, 'text'],
    [`${ESC}${ESC}[31m[31mtext`, '[31mtext'],
    [`text${ESC}`, 'text'],
    [`text${ESC}[`, 'text'],
  ];
  for (const [text, shown] of texts) assert.equal(oneLine(text), shown);
});

test('what begins a sequence that never ends hides nothing', () => {
  assert.equal(oneLine(`${ESC}]0;all of this is shown`), '0;all of this is shown');
  assert.deepEqual(linesOf(`${ESC}Pone\ntwo`), ['one', 'two']);
});

test('control characters go, apart from tabs', () => {
  assert.equal(oneLine('a\u0000b\u0008c\u007fd\u0080e\u009ff\tg'), 'abcdef\tg');
});

test('what is there and not seen becomes visible, or goes', () => {
  assert.equal(oneLine('a\u202eb\u2066c\u061cd\u200ee'), 'a\\u202eb\\u2066c\\u061cd\\u200ee');
  assert.equal(oneLine('a\u200bb\ufeffc\u2060d\u00ade'), 'a\\u200bb\\ufeffc\\u2060d\\u00ade');
  assert.equal(oneLine('a\u{e0041}b'), 'a\\u{e0041}b');
  assert.equal(oneLine('a\ufe0fb\u{e0100}c'), 'abc');
  assert.equal(oneLine('a\ud800b\udc00c'), 'a\ufffdb\ufffdc');
});

test('words of people in any script stay as they are', () => {
  for (const text of ['Größe → ✓', '日本語', 'עברית', 'ไทย', '😀', 'a\u0301'])
    assert.equal(printable(text), text);
});

test('a line end stays one where a text is of several lines, and is shown where it is of one', () => {
  const text = 'a\r\nb\rc\u2028d\u2029e\u0085f\u000bg\u000ch\n';
  assert.deepEqual(linesOf(text.trimEnd()), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  assert.equal(oneLine(text), 'a\\nb\\nc\\nd\\ne\\nf\\ng\\nh');
  assert.equal(oneLine('once\n'), 'once');
});

test('no CI finds a command in a line', () => {
  const lines: [string, string][] = [
    ['::error::x', ': :error::x'],
    [' \u00a0\u3000::set-env name=a::b', ' \u00a0\u3000: :set-env name=a::b'],
    [`${ESC}[0m::error::x`, ': :error::x'],
    [':\u0000:error::x', ': :error::x'],
    [':\u200b:error::x', ':\\u200b:error::x'],
    ['a ##[error]x', 'a # #[error]x'],
    ['####[error]x', '### #[error]x'],
    ['##vso[task.setvariable variable=a]b', '# #vso[task.setvariable variable=a]b'],
    ["##teamcity[buildStatus text='x']", "# #teamcity[buildStatus text='x']"],
    [
      `section_start:1560896352:a[collapsed=true]\r${ESC}[0KHeader`,
      'section_start :1560896352:a[collapsed=true]\\nHeader',
    ],
    ['  section_end:1:a', '  section_end :1:a'],
    ['std::string and ## heading [1]', 'std::string and ## heading [1]'],
  ];
  for (const [line, shown] of lines) assert.equal(printable(line), shown);
});

test('what is safe already is left alone', () => {
  for (const line of ['::error::x', '##[error]x', `${ESC}[31mred`, '\u202e', 'a\nb', 'section_start:1:a'])
    assert.equal(printable(printable(line)), printable(line));
});

test('JSON has nothing that acts on a terminal or a CI, and is read back as it was', () => {
  const value = {
    text: '\u007f\u0085\u009b\u2028\u202e\u200b\u{e0041}\ufe0f\ud800',
    log: ['##[error]x', '::error::x'],
  };
  const json = safeJson(value);
  assert.match(json, /^[\n\x20-\x7e]*$/);
  assert.doesNotMatch(json, /##\[|^\s*::/m);
  assert.deepEqual(JSON.parse(json), value);
  assert.equal(safeJson({ größe: '日本' }), '{\n  "größe": "日本"\n}');
  assert.equal(safeJson(undefined), 'null');
});

test('Markdown shows a text and means nothing', () => {
  assert.equal(markdown('a|b\nc'), 'a\\|b\\\\nc');
  assert.equal(
    markdown('[x](http://e) ![y](z) <img> `c` **b** # h'),
    '\\[x\\](http://e) \\!\\[y\\](z) \\<img\\> \\`c\\` \\*\\*b\\*\\* \\# h',
  );
  assert.equal(markdown('x'.repeat(600)).length, 500);
  assert.equal(fromMarkdown(markdown('import my_app:app [x] \\ *')), 'import my_app:app [x] \\ *');
});

test('a summary is short enough for the engine, whatever it is about', () => {
  for (const text of [
    'x'.repeat(500),
    'ö'.repeat(500),
    '😀'.repeat(500),
    '_'.repeat(500),
    `a${'_'.repeat(500)}`,
  ]) {
    const summary = markdownSummary(text);
    assert.ok(Buffer.byteLength(summary) <= 200, summary);
    assert.doesNotMatch(summary, /(^|[^\\])(\\\\)*\\$/, 'no half escape');
  }
  assert.equal(withinBytes('aö😀b', 6), 'aö');
});

test('a long hostile text takes time that grows with its length alone', () => {
  const pieces = [
    `${ESC}]`,
    '\u009d',
    `${ESC}[0`,
    `${ESC}[ `,
    ESC,
    '##',
    ':',
    ' ',
    '\r',
    '\u200b',
    '##a',
    '\\',
  ];
  for (const piece of pieces) {
    // Minutes, if each part were compared with each other.
    const text = `${piece.repeat(250_000 / piece.length)}end`;
    assert.ok(printable(text).endsWith('nd'), JSON.stringify(piece));
    assert.equal(JSON.parse(safeJson(text)), text);
  }
});
