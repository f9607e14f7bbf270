import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packaging } from '../../../../src/config/resolved';
import type { Interpreter } from '../../../../src/contract/contract-types';
import {
  askedPython,
  chooseInterpreter,
  type Wishes,
} from '../../../../src/deployment/project/interpreter-choice';
import { PYTHON } from '../../../harness/inspections';

const at = (path: string, version: string, more: Partial<Interpreter> = {}): Interpreter => ({
  ...PYTHON,
  asked: false,
  standard: false,
  path,
  version,
  ...more,
});

const DEBIAN = at('/usr/bin/python3.11', '3.11.2', { standard: true });
const NEWER = at('/usr/local/bin/python3.12', '3.12.4');
const NEWEST = at('/usr/local/bin/python3.14', '3.14.0rc1');
const AT_HOME = at('/home/deploy/.local/share/uv/python/x/bin/python3.13', '3.13.1', { serves: false });
const ALL = [DEBIAN, NEWEST, NEWER, AT_HOME];

const LOCKED: Packaging = {
  tool: 'uv',
  lock: 'uv.lock',
  files: ['uv.lock'],
  groups: [],
  extras: [],
  project: false,
};
const FILES: Packaging = {
  tool: 'requirements',
  files: ['requirements.txt'],
  encoding: 'utf-8',
  local: false,
};

interface Case {
  has?: Interpreter[];
  uv?: string;
  python?: string;
  wanted?: string;
  requires?: string;
  packaging?: Packaging;
}

function choose({ has = ALL, uv, python, wanted, requires, packaging = FILES }: Case) {
  const from = wanted !== undefined ? '.python-version' : requires !== undefined ? 'pyproject.toml' : null;
  const interpreter = { wanted: wanted ?? null, requires: requires ?? null, from };
  const wishes: Wishes = { python: python ?? null, user: 'shop', project: { interpreter, packaging } };
  return chooseInterpreter({ host: 'web1', interpreters: has, uv: uv ?? null }, wishes);
}

const CHOSEN: Record<string, [Case, string, why?: string]> = {
  'nothing is written': [{}, DEBIAN.path],
  'python: python3': [{ has: [{ ...DEBIAN, asked: true }, NEWER], python: 'python3' }, DEBIAN.path],
  'a version that is written': [{ python: '3.12' }, NEWER.path, 'python: in landfall.yaml'],
  'a release that is written': [{ python: '3.12.4' }, NEWER.path, 'python: in landfall.yaml'],
  'the name of a version, wherever it is': [{ python: 'python3.12' }, NEWER.path, 'python: in landfall.yaml'],
  'a path': [
    { has: [at('/opt/py/bin/python', '3.9.1', { asked: true }), DEBIAN], python: '/opt/py/bin/python' },
    '/opt/py/bin/python',
    'python: in landfall.yaml',
  ],
  'a candidate that is written': [{ python: 'python3.14' }, NEWEST.path, 'python: in landfall.yaml'],
  '.python-version': [{ wanted: '3.12' }, NEWER.path, '.python-version'],
  '.python-version of python3': [{ wanted: '3.11' }, DEBIAN.path],
  'another release of the same version': [
    { wanted: '3.11.9' },
    DEBIAN.path,
    '.python-version; .python-version names 3.11.9',
  ],
  'that very release first': [
    { has: [DEBIAN, at('/opt/a', '3.11.9'), at('/opt/b', '3.11.10')], wanted: '3.11.9' },
    '/opt/a',
    '.python-version',
  ],
  'requires-python that python3 meets': [{ requires: '>=3.10' }, DEBIAN.path],
  'requires-python that only another one meets': [{ requires: '>=3.12' }, NEWER.path, 'pyproject.toml'],
  'the newest of those': [
    { has: [DEBIAN, at('/opt/12', '3.12.1'), at('/opt/13', '3.13.0')], requires: '>3.11.9' },
    '/opt/13',
    'pyproject.toml',
  ],
  'one that is written, of which pip does not ask': [
    { has: [{ ...DEBIAN, asked: true }], python: 'python3', requires: '>=3.12' },
    DEBIAN.path,
  ],
  'without venv where uv is there': [{ has: [{ ...DEBIAN, makes: false }], uv: '/usr/bin/uv' }, DEBIAN.path],
};

for (const [name, [given, path, why = '']] of Object.entries(CHOSEN))
  test(`the interpreter of a release: ${name}`, () => {
    const choice = choose(given);
    assert.ok(choice !== null && 'path' in choice, JSON.stringify(choice));
    assert.deepEqual([choice.path, choice.why], [path, why]);
  });

const HAS =
  '3.11.2 (/usr/bin/python3.11), 3.14.0rc1 (/usr/local/bin/python3.14), 3.12.4 (/usr/local/bin/python3.12)';
const REFUSED: Record<string, [Case, RegExp | string, RegExp]> = {
  'none is new enough': [
    { has: [DEBIAN], requires: '>=3.12' },
    'web1 has no Python that fits >=3.12 (pyproject.toml): it has 3.11.2 (/usr/bin/python3.11).',
    /^Install python3\.12 .* there, write python: python3 to use that one, or write python: managed/,
  ],
  'none is of .python-version': [
    { has: [DEBIAN, NEWEST, NEWER], wanted: '3.13' },
    `web1 has no Python that fits 3.13 (.python-version): it has ${HAS}.`,
    /python3\.13.*python: python3.*python: managed/,
  ],
  'none is what is written': [
    { has: [DEBIAN], python: 'python3.12' },
    'web1 has no Python that fits python3.12: it has 3.11.2 (/usr/bin/python3.11).',
    /correct `python:` in landfall\.yaml/,
  ],
  'uv asks for another one than is written': [
    { has: [{ ...DEBIAN, asked: true }], python: 'python3', requires: '>=3.12', packaging: LOCKED },
    /no Python that fits python3 and >=3\.12 of pyproject\.toml/,
    /^Install python3\.12/,
  ],
  'the service cannot run it': [
    { requires: '>=3.13,<3.14' },
    `${AT_HOME.path} on web1 cannot be run by shop, the user of the service.`,
    /python: managed/,
  ],
  'no interpreter answers': [{ has: [] }, /it has none\.$/, /python3 and python3-venv/],
  'neither uv nor python3-venv': [
    { has: [{ ...DEBIAN, makes: false }] },
    'web1 has neither uv nor python3-venv, so /usr/bin/python3.11 can make no environment.',
    /^Run there as root: apt install python3-venv \(or python3\.11-venv\)$/,
  ],
  'nothing brings uv, which brings the interpreter': [
    { has: [{ ...DEBIAN, makes: false }], python: 'managed' },
    /^web1 has neither uv nor python3-venv/,
    /python3-venv/,
  ],
};

for (const [name, [given, message, advice]] of Object.entries(REFUSED))
  test(`a release without an interpreter is refused: ${name}`, () => {
    const choice = choose(given);
    assert.ok(choice !== null && 'refusal' in choice, JSON.stringify(choice));
    if (typeof message === 'string') assert.equal(choice.refusal.message, message);
    else assert.match(choice.refusal.message, message);
    assert.match(choice.refusal.advice, advice);
  });

test('uv brings an interpreter, also where python3 makes no environment', () => {
  assert.equal(choose({ python: 'managed' }), null);
  assert.equal(choose({ has: [{ ...DEBIAN, makes: false }], uv: '/usr/bin/uv', python: 'managed' }), null);
});

test('a host is asked for a name or a path', () => {
  const asked = (python: string | null) => askedPython({ python });
  assert.deepEqual([null, 'managed', '3.12', '3.12.4', 'python3', '/opt/python'].map(asked), [
    null,
    null,
    'python3.12',
    'python3.12',
    'python3',
    '/opt/python',
  ]);
});
