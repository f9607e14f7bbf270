/** Each configuration and each call in the docs is one of this version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { pathOf } from '../../../src/cli/program/landfall-command';
import { parseConfig } from '../../../src/config';
import { packageRoot } from '../../../src/package-root';
import { Repository } from '../../../tools/site/links';
import { type, wordsOf } from '../cli/typed';

const repository = new Repository(packageRoot());
const PAGES = repository
  .markdownFiles()
  .filter((path) => path === 'README.md' || path === 'CONTRIBUTING.md' || path.startsWith('docs/'));

/** The rest of a configuration of which a page shows some keys. */
const REST = {
  service: 'shop',
  repository: 'git@github.com:acme/shop.git',
  environments: { production: { hosts: ['web1.example.com'] } },
};

test('every landfall.yaml in the docs is one, also where a guide shows a part of it', () => {
  let parsed = 0;
  for (const path of PAGES)
    for (const { language, text, line } of repository.document(path).fences) {
      if (language !== 'yaml') continue;
      const whole = /^service:/m.test(text) && /^environments:/m.test(text);
      if (!whole && !path.startsWith('docs/guides/')) continue;
      const content = whole ? text : JSON.stringify({ ...REST, ...parse(text) });
      assert.doesNotThrow(() => parseConfig(`${path}:${line}`, content));
      parsed += 1;
    }
  assert.ok(parsed >= 10, `${parsed} configurations`);
});

/** The lines of a block of shell, each with the lines that continue it. */
function callsIn(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => wordsOf(line.replace(/(^|\s)#.*/, '')).length > 0);
}

test('every call of landfall in a block of shell is a call', async () => {
  let calls = 0;
  for (const path of PAGES)
    for (const { language, text, line } of repository.document(path).fences) {
      if (language !== 'sh') continue;
      for (const call of callsIn(text)) {
        const { called, said } = await type(...wordsOf(call));
        assert.equal(called, true, `${path}:${line}: ${call} is refused:\n${said}`);
        calls += 1;
      }
    }
  assert.ok(calls > 60, `${calls} calls`);
});

/** Also those that no help shows. */
function everyCommand({ commands }: Command): Command[] {
  return commands.flatMap((command) => [command, ...everyCommand(command)]);
}

test('a command that a text names exists, with the options that stand with it', async () => {
  const { program } = await type('--version');
  const commands = new Map(everyCommand(program).map((command) => [pathOf(command), command]));
  let named = 0;
  for (const path of PAGES)
    for (const { text, line } of repository.document(path).codes) {
      const words = text.split(/[ …]+/);
      if (words[0] !== 'landfall' || !/^[a-z]/.test(words[1] ?? '')) continue;
      const lengths = [4, 3, 2].map((count) => words.slice(0, count).join(' '));
      const command = lengths.map((name) => commands.get(name)).find((found) => found !== undefined);
      assert.ok(command, `${path}:${line}: there is no command as in ${text}`);
      const options = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
      const known = ['--help', '--version', ...command.options.map(({ long }) => long ?? '')];
      assert.deepEqual(
        options.filter((option) => !known.includes(option)),
        [],
        `${path}:${line}: ${text}`,
      );
      named += 1;
    }
  assert.ok(named > 100, `${named} commands`);
});
