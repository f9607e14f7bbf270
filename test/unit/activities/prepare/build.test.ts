import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyFailed } from '../../../../src/activities/prepare/build-release';
import { programsOf } from '../../../../src/activities/prepare/build-script';
import type { Build } from '../../../../src/config/build';
import type { JobState } from '../../../../src/contract/contract-types';

const BUILD: Build = { commands: ['npm ci', 'x'], env: {}, needs: [], timeout: 900_000, memory: null };

const PROGRAMS: [Build['commands'], string[]][] = [
  [['npm ci', 'npm run build'], ['npm']],
  [['cd web && npm ci && CI=1 npm run build | tee log'], ['cd', 'npm', 'tee']],
  [[['python', 'manage.py', 'collectstatic'], './build.sh', '/opt/x/y'], ['python']],
  [
    ["python -c 'import x; y()'", 'A=1 B=2 make all'],
    ['python', 'make'],
  ],
  [['"$TOOL" x', '$X y'], []],
];

test('the programs of the commands are read where they are plain words', () => {
  for (const [commands, expected] of PROGRAMS)
    assert.deepEqual(programsOf({ commands, needs: [] }), expected, JSON.stringify(commands));
  assert.deepEqual(programsOf({ commands: ['npm ci'], needs: ['node'] }), ['node', 'npm']);
});

function ended(output: string, more: Partial<JobState> = {}): JobState {
  return {
    name: 'landfall-job-shop-1-build-0.service',
    state: 'ended',
    result: 'exit-code',
    exitStatus: 1,
    elapsedMilliseconds: 10,
    memoryMaxBytes: null,
    output,
    ...more,
  };
}

const FAILED = '\nlandfall: command 1 ended with exit status 1\n';
const TRACEBACK =
  'Traceback (most recent call last):\n  File "/srv/shop/releases/1-abcdef0/shop/settings.py", line 3, in <module>\n    a\n';

/** The output of the first command, the sentence, and the next step. */
const FAILURES: [string, RegExp, RegExp][] = [
  [
    `${TRACEBACK}KeyError: 'SECRET_KEY'`,
    /npm ci ended with exit status 1\. The environment variable SECRET_KEY is not set\. .*settings\.py line 3/,
    /build: \{ env: \{ SECRET_KEY: build \} \}/,
  ],
  [
    `${TRACEBACK}django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.`,
    /SECRET_KEY of Django is empty/,
    /build: \{ env: \{ SECRET_KEY: build \} \}/,
  ],
  [
    "CommandError: Can't find msgfmt. Make sure you have GNU gettext tools 0.15 or newer installed.",
    /web1 has no msgfmt/,
    /apt install gettext/,
  ],
  [
    "You're using the staticfiles app without having set the STATIC_ROOT setting to a filesystem path.",
    /no STATIC_ROOT/,
    /STATIC_ROOT =/,
  ],
  [
    "Unknown command: 'collectstatic'\nType 'manage.py help' for usage.",
    /no command collectstatic/,
    /INSTALLED_APPS/,
  ],
  [
    'npm ERR! code EUSAGE\nnpm ERR! The `npm ci` command can only install with an existing package-lock.json',
    /package-lock/,
    /commit package-lock/,
  ],
  ['npm error code E401\nnpm error Unable to authenticate', /wants a login/, /\.npmrc/],
  [
    'npm error network request to https://registry.npmjs.org/x failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org',
    /web1 cannot reach/,
    /https_proxy/,
  ],
  ["Error: Cannot find module 'vite'\nRequire stack:", /node module vite/, /npm ci/],
  [
    "OSError: [Errno 30] Read-only file system: '/srv/shop/shared/x'",
    /may not write to \/srv\/shop\/shared\/x/,
    /release/,
  ],
  [
    "Error: EROFS: read-only file system, mkdir '/home/deploy/.x'",
    /may not write to \/home\/deploy\/\.x/,
    /release/,
  ],
  ['cp: preserving permissions for ‘a’: Operation not permitted', /keeps the modes of folders/, /cp -r/],
  ['the words of a tool', /npm ci ended with exit status 1: the words of a tool$/, /Correct the command/],
];

test('a failed build is told by its cause, with the line to write', () => {
  for (const [output, message, advice] of FAILURES) {
    const told = whyFailed(ended(`$ npm ci\n${output}${FAILED}`), BUILD, 'web1');
    assert.match(told.message, message, output);
    assert.match(told.advice, advice, output);
  }
});

test('programs that a host lacks are named before anything starts, and a limit with its key', () => {
  const missing = whyFailed(ended('landfall: missing: node msgfmt\n', { exitStatus: 69 }), BUILD, 'web1');
  assert.match(missing.message, /^web1 has no node and no msgfmt, which `build` needs\. Nothing/);
  assert.match(missing.advice, /apt install nodejs gettext/);
  const slow = whyFailed(ended('', { result: 'timeout' }), BUILD, 'web1');
  assert.match(slow.message, /build\.timeout/);
});

test('the words of earlier commands are not taken for the cause', () => {
  const output = `$ npm ci\nError: Cannot find module 'vite'\n$ x\nno such target\nlandfall: command 2 ended with exit status 2\n`;
  assert.equal(whyFailed(ended(output), BUILD, 'web1').message, 'x ended with exit status 2: no such target');
});
