import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commandsBelow, pathOf } from '../../../src/cli/program/landfall-command';
import { COMMAND } from '../../../src/package/contents';
import { packageRoot } from '../../../src/package-root';
import { runCommand } from '../../harness/run-command';
import { ROWS, type Row } from './bad-input-rows';
import { type } from './typed';

/** Most of them wait ten seconds for an engine. */
const AT_A_TIME = 6;
const folder = mkdtempSync(join(tmpdir(), 'landfall-bad-input-'));
const here = join(folder, 'shop');
const home = join(folder, 'home');

const FILES = {
  'landfall.yaml': `service: shop
repository: git@github.com:acme/shop.git
app: main:app
environments:
  production:
    hosts: [{ name: web1, address: 127.0.0.1, port: 1, user: deploy, bind: '127.0.0.1:8000' }]
`,
  'broken.yaml': 'service: [\n',
  'wrong.yaml': `service: shop
repository: git@github.com:acme/shop.git
app: main:app
stratgy: overlap
environments: { production: { hosts: [web1.example.com] } }
`,
  'no-key.pub': 'x\n',
};

/** Each file with its content; without the index, which Git refreshes, and the key that a worker makes once. */
function written(): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/\/(?:index|signing-key)$/.test(path));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

async function refuses(command: string, { words, code = 1, says }: Row): Promise<void> {
  const ran = await runCommand(
    process.execPath,
    [join(packageRoot(), COMMAND), ...command.split(' '), ...words],
    {
      cwd: here,
      input: 'value',
      env: { PATH: process.env.PATH, HOME: home, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    },
  );
  assert.equal(ran.code, code, ran.output);
  for (const expected of says) assert.match(ran.output, expected);
  assert.doesNotMatch(ran.output, /^\s+at .*:\d+:\d+\)?$/m, 'a stack trace');
}

describe('bad input of every command', { concurrency: AT_A_TIME }, () => {
  let atFirst: Record<string, string>;
  before(async () => {
    for (const each of [here, home]) mkdirSync(each);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(here, name), text);
    writeFileSync(join(here, 'temporal'), '#!/bin/sh\necho temporal version 1.5.1\n', { mode: 0o755 });
    const author = ['-c', 'user.name=A', '-c', 'user.email=a@acme.example'];
    for (const words of [
      ['init', '--quiet'],
      [...author, 'commit', '--quiet', '--allow-empty', '-m', 'first'],
    ]) {
      const git = await runCommand('git', ['-C', here, ...words], { env: process.env });
      assert.equal(git.code, 0, git.output);
    }
    atFirst = written();
  });
  after(() => {
    const now = written();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(now, atFirst, 'a refused command has written a file');
  });

  test('each command has rows, and each row a command', async () => {
    const { program } = await type('--version');
    const names = commandsBelow(program).map((each) => pathOf(each).replace('landfall ', ''));
    assert.deepEqual(Object.keys(ROWS).sort(), names.sort());
  });

  for (const [command, rows] of Object.entries(ROWS)) {
    test(`landfall ${command} --no-such: refused`, async () => {
      const { said, called } = await type(...command.split(' '), '--no-such');
      assert.ok(!called);
      assert.match(said, /unknown option '--no-such'|required option/);
      assert.match(said, / --help/);
    });
    for (const row of rows)
      test(`landfall ${[command, ...row.words].join(' ')}: refused`, () => refuses(command, row));
  }
});
