import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandsBelow, pathOf } from '../../../src/cli/program/landfall-command';
import { packageRoot } from '../../../src/package-root';
import { type, wordsOf } from './typed';

test('every command has an example, and every example is a call of that command', async () => {
  const { program } = await type('--version');
  const commands = commandsBelow(program);
  assert.ok(commands.length > 15, `${commands.length} commands`);
  for (const command of commands) {
    assert.notDeepEqual(
      command.examples,
      [],
      `${pathOf(command)} has no example: add .example(line, purpose)`,
    );
    for (const { line, purpose } of command.examples) {
      assert.match(purpose, /^[a-z]/, `${line}: begin its purpose with a verb`);
      assert.equal(`landfall ${wordsOf(line).join(' ')} `.startsWith(`${pathOf(command)} `), true, line);
      const { called, said } = await type(...wordsOf(line));
      assert.equal(called, true, `${line} is refused:\n${said}`);
    }
  }
});

test('no option is one that Node itself reads anywhere in a command line', async () => {
  const { program } = await type('--version');
  const taken = commandsBelow(program).flatMap((command) =>
    command.options
      .filter(({ long }) => long?.startsWith('--env-file'))
      .map(({ long }) => [pathOf(command), long]),
  );
  assert.deepEqual(taken, []);
});

test('the help of a command ends with its examples', async () => {
  const { said } = await type('rollback', '--help');
  assert.match(
    said,
    /\nExamples:\n {2}# restore the release before the live one\n {2}landfall rollback shop --env production\n/,
  );
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  assert.equal((await type('--version')).said, `${version}\n`);
});

const WRONG: [string, string][] = [
  ['depoly', "error: unknown command 'depoly'\n(Did you mean deploy?)\n… landfall --help\n"],
  ['env lst', "error: unknown command 'lst'\n(Did you mean list?)\n… landfall env --help\n"],
  [
    'plan shop --env production --rolback',
    "error: unknown option '--rolback'\n(Did you mean --rollback?)\n… landfall plan --help\n",
  ],
  [
    'deploy shop --evn production',
    "error: required option '--env <name>' not specified\n… landfall deploy --help\n",
  ],
  [
    'decide shop retyr --env production',
    "error: command-argument value 'retyr' is invalid for argument 'choice'. Allowed choices are retry, accept, go-forward.\n… landfall decide --help\n",
  ],
  [
    'dev --port 70000',
    "error: option '--port <port>' argument '70000' is invalid. Give a port from 1 to 65535.\n… landfall dev --help\n",
  ],
];

for (const [line, answer] of WRONG)
  test(`landfall ${line}: refused with the cause and the next command`, async () => {
    const { said, called } = await type(...line.split(' '));
    assert.equal(called, false);
    assert.equal(said.replace('To see commands, options and examples:', '…'), answer);
  });
