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
import { toolCommand, toolVersion } from '../../../../src/activities/prepare/tool-script';
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

function install(input: {
  python: string;
  uv: string | null;
  requirements: string[];
  env?: NodeJS.ProcessEnv;
}) {
  const { requirements: files } = input;
  const packaging: Packaging = { tool: 'requirements', files, encoding: 'utf-8', local: false };
  const [command = '', ...args] = installCommand({ venv, ...input, packaging, exporter: null });
  return spawnSync(command, args, { encoding: 'utf8', cwd: folder, env: { ...process.env, ...input.env } });
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

test('uv asks an index once more when it lacks a version or has another file, and not for another failure', () => {
  for (const [words, times] of [
    ['error: No solution found when resolving dependencies', 2],
    ['error: Hash mismatch for `gunicorn==27.0.1`', 2],
    ['error: Failed to build `x`', 1],
  ] as const) {
    rmSync(join(folder, 'calls'), { force: true });
    const uv = program('uv', `case $1 in venv) mkdir -p '${venv}';; *) echo '${words}' >&2; exit 3;; esac`);
    const ran = install({ python: 'python3', uv, requirements: ['requirements.txt'] });
    assert.equal(ran.status, 3);
    assert.equal(ran.stderr.split(words).length - 1, times);
    const asked = calls().slice(1);
    assert.deepEqual(
      asked.map((each) => each.includes('<--refresh>')),
      [false, true].slice(0, times),
    );
  }
});

test('Poetry and PDM get the chosen groups and extras, each in its own words', () => {
  const wordsOf = (tool: 'poetry' | 'pdm', groups: string[], extras: string[]) => {
    const packaging: Packaging = { tool, lock: `${tool}.lock`, files: [], groups, extras, project: true };
    const made = { venv, python: 'python3', uv: null, packaging, exporter: '/tool' };
    return installCommand(made).slice(4);
  };
  const begin = [venv, 'python3', '', '.', '/tool', '-e .'];
  assert.deepEqual(wordsOf('poetry', [], []), [...begin, '--only', 'main']);
  assert.deepEqual(wordsOf('poetry', ['prod', 'web'], ['fast']), [
    ...begin,
    ...['--only', 'main,prod,web', '--extras', 'fast'],
  ]);
  assert.deepEqual(wordsOf('pdm', [], ['fast']), [...begin, '--prod', '--group', 'fast']);
  assert.deepEqual(wordsOf('pdm', ['prod'], ['fast']), [...begin, '--group', 'prod', '--group', 'fast']);
});

test('a tool is named by its version and by the list of all that it needs', () => {
  for (const tool of ['uv', 'poetry', 'pdm'] as const)
    assert.match(toolVersion(tool), /^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
  const [list = ''] = toolCommand('poetry', venv, 'python3', null).slice(7);
  assert.match(list, /^poetry==2[\s\S]+--hash=sha256:/m);
  // A word of a job.
  assert.ok(list.length < 100_000);
});

test('a project that takes its version from Git gets one, and only after it lacked it', () => {
  const lines = `[ "$1" = venv ] && mkdir -p '${venv}' && exit
echo "version \${SETUPTOOLS_SCM_PRETEND_VERSION-none}"
[ -n "\${SETUPTOOLS_SCM_PRETEND_VERSION-}" ] && exit
echo 'LookupError: setuptools-scm was unable to detect version for /srv' >&2; exit 4`;
  const wanted = { python: 'python3', uv: program('uv', lines), requirements: ['requirements.txt'] };
  const ran = install({ ...wanted, env: { LANDFALL_VERSION: '0.0.0+3fa9c1e' } });
  assert.equal(ran.stdout, 'version none\nversion 0.0.0+3fa9c1e\n', ran.stderr);
  assert.equal(ran.status, 0);
  assert.equal(install(wanted).status, 4);
});

test('an index without the listed versions of a tool gives its own, and another file of one ends it', () => {
  const ranWith = (words: string) => {
    rmSync(join(folder, 'calls'), { force: true });
    const lines = `case "$*" in venv*) mkdir -p '${venv}';; *--require-hashes*) echo '${words}' >&2; exit 1;; esac`;
    const [command = '', ...args] = toolCommand('pdm', venv, 'python3', program('uv', lines));
    return spawnSync(command, args, { encoding: 'utf8', cwd: folder });
  };
  assert.equal(ranWith('error: No solution found when resolving dependencies').status, 0);
  assert.match(calls().at(-1) ?? '', /<--only-binary><:all:><pdm>=2\.15,<3>$/);
  assert.ok(complete());
  assert.equal(ranWith('error: Hash mismatch for `pdm==2.29.4`').status, 1);
  assert.match(calls().at(-1) ?? '', /<--require-hashes>/);
  assert.deepEqual(readdirSync(venv), []);
});
