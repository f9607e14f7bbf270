import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatOf } from '../../../src/output/format';
import { GitHubLog } from '../../../src/output/github-log';
import { GitLabLog } from '../../../src/output/gitlab-log';
import { Output } from '../../../src/output/output';
import { withinColumns } from '../../../src/text/width';
import { Running } from '../../harness/running';
import { GithubRunner } from '../../security/github-runner';

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
  const commands = new GitHubLog();
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
  const commands = new GitHubLog();
  const output = new Output(out, err, commands);
  output.json({ log: '##[error]x' });
  output.complain('b');
  commands.resume();
  assert.equal(out.text, '{\n  "log": "\\u0023#[error]x"\n}\n');
  assert.match(err.text, /^::stop-commands::([0-9a-f]{48})\nb\n::\1::\n$/);
});

test('on GitHub Actions groups and annotations are commands, and the texts around them are none', () => {
  const out = sink();
  const log = new GitHubLog();
  const output = new Output(out, sink(), log);
  output.group('Prepare', null);
  output.say('::error::said');
  output.group('Release', 'Release:');
  output.endGroup();
  output.endGroup();
  const hostile = 'a%b,c:d\n::error::e';
  output.annotate({ level: 'error', title: hostile, message: hostile, place: { file: hostile, line: 7 } });
  output.annotate({ level: 'warning', title: 'x', message: 'y', place: null });
  output.say('end');
  log.resume();
  const runner = new GithubRunner().read(out.text);
  assert.deepEqual(runner.executed, [
    '::group::Prepare',
    '::endgroup::',
    '::group::Release',
    '::endgroup::',
    '::error title=a%25b%2Cc%3Ad\\n%3A%3Aerror%3A%3Ae,file=a%25b%2Cc%3Ad\\n%3A%3Aerror%3A%3Ae,line=7::a%25b,c:d\\n::error::e',
    '::warning title=x::y',
  ]);
  assert.ok(runner.listens);
  const tokens = [...out.text.matchAll(/^::stop-commands::(.*)$/gm)].map(([, token]) => token);
  assert.equal(new Set(tokens).size, tokens.length, 'a word that was printed is never used again');
});

test('on GitLab CI groups are sections, and annotations are in the report alone', () => {
  const out = sink();
  const output = new Output(out, sink(), new GitLabLog(() => 1_700_000_000_500));
  output.group('Prepare', null);
  output.say('section_end:1700000000:landfall_1');
  output.group('Release', 'Release:');
  output.annotate({ level: 'error', title: 'x', message: 'y', place: null });
  output.endGroup();
  output.say('end');
  assert.equal(
    out.text.replaceAll('\u001b[0K', '§').replaceAll('\r', '%'),
    [
      '§section_start:1700000000:landfall_1%§Prepare',
      'section_end :1700000000:landfall_1',
      '§section_end:1700000000:landfall_1%§',
      '§section_start:1700000000:landfall_2%§Release',
      '§section_end:1700000000:landfall_2%§',
      'end',
      '',
    ].join('\n'),
  );
});

test('in another log a group is its heading, if it has one', () => {
  const out = sink();
  const output = new Output(out, sink(), null);
  output.group('Prepare', null);
  output.group('Release', 'Release:');
  output.endGroup();
  output.annotate({ level: 'error', title: 'x', message: 'y', place: null });
  assert.equal(out.text, 'Release:\n');
});

test('the format is that of the CI around, unless LANDFALL_OUTPUT names another one', () => {
  assert.equal(formatOf({}), 'plain');
  assert.equal(formatOf({ GITHUB_ACTIONS: 'true' }), 'github');
  assert.equal(formatOf({ GITLAB_CI: 'true' }), 'gitlab');
  assert.equal(formatOf({ GITHUB_ACTIONS: 'true', LANDFALL_OUTPUT: 'plain' }), 'plain');
  assert.equal(formatOf({ LANDFALL_OUTPUT: 'github' }), 'github');
  assert.equal(formatOf({ LANDFALL_OUTPUT: 'other' }), 'plain');
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
    new GitHubLog().lines(out);
    return out.text;
  });
  assert.notEqual(words[0], words[1]);
});
