import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Output } from '../../../src/output/output';
import { StoppedCommands } from '../../../src/output/stopped-commands';
import { withinColumns } from '../../../src/text/width';
import { Running } from '../../harness/running';

/** Where a command writes to, and what it has written there. */
function sink(terminal: { columns?: number } | null = null) {
  const written: string[] = [];
  return {
    write: (text: string) => void written.push(text),
    isTTY: terminal !== null,
    columns: terminal?.columns,
    get text() {
      return written.join('');
    },
  };
}

test('each argument is one line, whatever it holds', () => {
  const [out, err] = [sink(), sink()];
  const output = new Output(out, err, null);
  output.say('one\ntwo', '\u001b[31m::error::x');
  output.complain('three\rfour', 'five');
  assert.equal(out.text, 'one\\ntwo\n: :error::x\n');
  assert.equal(err.text, 'three\\nfour\nfive\n');
});

test('on a terminal the progress line is cut by columns, and taken off before the next line', () => {
  const [out, err] = [sink({ columns: 11 }), sink()];
  const output = new Output(out, err, null);
  output.progress('日本語日本語日本語');
  output.progress('\u001b[2Jb\nc');
  output.say('d');
  output.say('e');
  output.progress('f');
  output.complain('g');
  const clear = '\r\u001b[2K';
  assert.equal(out.text, `日本語日本${clear}b\\nc${clear}d\ne\nf${clear}`);
  assert.equal(err.text, 'g\n');
});

test('in a plain log progress is not told at once', () => {
  const out = sink();
  new Output(out, sink(), null).progress('x');
  assert.equal(out.text, '');
});

test('columns: wide characters take two, marks none, a tab eight', () => {
  assert.equal(withinColumns('e\u0301e\u0301e\u0301', 2), 'e\u0301e\u0301');
  assert.equal(withinColumns('😀😀', 3), '😀');
  assert.equal(withinColumns('a\tb', 9), 'a\t');
  assert.equal(withinColumns('short', 80), 'short');
});

test('on GitHub Actions commands are off from the first line to the end, all of it on one stream', () => {
  const [out, err] = [sink(), sink()];
  const commands = new StoppedCommands();
  const output = new Output(out, err, commands);
  output.say('a');
  output.complain('b');
  commands.resume();
  commands.resume();
  const [, token = ''] = /^::stop-commands::([0-9a-f]{48})\n/.exec(out.text) ?? [];
  assert.equal(out.text, `::stop-commands::${token}\na\nb\n::${token}::\n`);
  assert.equal(err.text, '');
});

test('what only complains on GitHub Actions leaves standard output to programs', () => {
  const [out, err] = [sink(), sink()];
  const commands = new StoppedCommands();
  const output = new Output(out, err, commands);
  output.json({ log: '##[error]x' });
  output.complain('b');
  commands.resume();
  assert.equal(out.text, '{\n  "log": "\\u0023#[error]x"\n}\n');
  assert.match(err.text, /^::stop-commands::([0-9a-f]{48})\nb\n::\1::\n$/);
});

const OUTPUT = join(__dirname, '..', '..', '..', 'src', 'output', 'output.js');

for (const [how, ends] of [
  ['a signal', null],
  ['process.exit', 'process.exit(3)'],
] as const) {
  test(`they are on again when ${how} ends the process`, async () => {
    const script = `require(${JSON.stringify(OUTPUT)}).output.say('under way'); ${ends ?? 'setInterval(() => {}, 1000)'}`;
    const env = { PATH: process.env.PATH, GITHUB_ACTIONS: 'true' };
    const running = new Running(process.execPath, ['-e', script], env);
    await running.says(/under way/);
    if (ends === null) running.kill('SIGTERM');
    const { code, output } = await running.ended;
    assert.match(output, /^::stop-commands::([0-9a-f]{48})\nunder way\n::\1::\n$/);
    assert.notEqual(code, 0);
  });
}

test('each time another word turns them on again', () => {
  const words = [sink(), sink()].map((out) => {
    new StoppedCommands().stop(out);
    return out.text;
  });
  assert.notEqual(words[0], words[1]);
});
