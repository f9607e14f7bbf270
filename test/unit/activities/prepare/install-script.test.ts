import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { installCommand } from '../../../../src/activities/prepare/install-script';
import type { Packaging } from '../../../../src/config/resolved';

let folder: string;
let venv: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-install-'));
  venv = join(folder, 'venvs', 'a b');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that writes down its arguments, then runs these lines. */
function program(name: string, lines: string): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '<%s>' "$@" >>'${folder}/calls'; echo >>'${folder}/calls'\n${lines}\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

function install(input: { python: string; uv: string | null; requirements: string[] }) {
  const { requirements: files } = input;
  const packaging: Packaging = { tool: 'requirements', files, encoding: 'utf-8', local: false };
  const [command = '', ...args] = installCommand({ venv, ...input, packaging });
  return spawnSync(command, args, { encoding: 'utf8', cwd: folder });
}

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').replaceAll(venv, 'VENV').trim().split('\n');
const complete = () => existsSync(join(venv, '.landfall-complete'));
const requirements = ['requirements.txt', "it's $HOME; touch owned"];

test('pip installs into the final place, and the mark comes last', () => {
  const inner = program('inner', `[ ! -e '${venv}/.landfall-complete' ]`);
  const python = program('python', `mkdir -p "$4/bin" && cp '${inner}' "$4/bin/python"`);
  assert.equal(install({ python, uv: null, requirements }).status, 0);
  assert.deepEqual(calls(), [
    '<-I><-m><venv><VENV>',
    "<-I><-m><pip><install><--no-input><--disable-pip-version-check><-r><requirements.txt><-r><it's $HOME; touch owned>",
  ]);
  assert.ok(complete());
  assert.equal(existsSync(join(folder, 'owned')), false);
});

test('uv does both where it is there', () => {
  const uv = program('uv', `case $1 in venv) mkdir -p '${venv}';; esac`);
  assert.equal(install({ python: 'python3', uv, requirements }).status, 0);
  assert.deepEqual(calls(), [
    '<venv><--quiet><--python><python3><VENV>',
    "<pip><install><--python><VENV/bin/python><--compile-bytecode><-r><requirements.txt><-r><it's $HOME; touch owned>",
  ]);
  assert.ok(complete());
});

test('a build has a place for its programs, which goes with the end of the installation', () => {
  const uv = program(
    'uv',
    `case $1 in venv) mkdir -p '${venv}';; *) echo "$TMPDIR"; [ -d "$TMPDIR" ];; esac`,
  );
  const ran = install({ python: 'python3', uv, requirements });
  assert.equal(ran.stdout, `${venv}/.tmp\n`);
  assert.equal(ran.status, 0);
  assert.deepEqual(readdirSync(venv), ['.landfall-complete']);
});

test('a failed installation leaves nothing, and gives its status', () => {
  const uv = program(
    'uv',
    `case $1 in venv) mkdir -p '${venv}';; *) echo no such version >&2; exit 7;; esac`,
  );
  const ran = install({ python: 'python3', uv, requirements });
  assert.equal(ran.status, 7);
  assert.match(ran.stderr, /no such version/);
  assert.deepEqual(readdirSync(venv), []);
});

test('what an interrupted installation left is not built upon', () => {
  mkdirSync(venv, { recursive: true });
  writeFileSync(join(venv, 'half'), '');
  const uv = program('uv', `case $1 in venv) mkdir '${venv}/new';; esac`);
  assert.equal(install({ python: 'python3', uv, requirements }).status, 0);
  assert.equal(existsSync(join(venv, 'half')), false);
});
