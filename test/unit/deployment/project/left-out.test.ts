import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../../src/config/deploy-input';
import { readFacts } from '../../../../src/deployment/project/read-facts';
import { refuseByFacts } from '../../../../src/deployment/project/with-facts';
import { settings } from '../../../harness/deploy-input';
import { projectFacts } from '../../../harness/project-facts';
import { commitOf } from './commit';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`;

function factsOf(
  files: Record<string, string | Uint8Array>,
  folder = '',
  changes: Partial<ServiceSettings> = {},
) {
  return readFacts(commitOf({ 'requirements.txt': '', ...files }, folder), settings(changes));
}

/** By what the commit holds: the refusal. */
const REFUSED: Record<string, [Record<string, string>, RegExp]> = {
  'a Git LFS pointer': [
    { 'models/a.bin': POINTER },
    /^The commit holds Git LFS pointers instead of files: models\/a\.bin\. Commit the files themselves/,
  ],
  'many Git LFS pointers': [
    { a: POINTER, b: POINTER, c: POINTER, d: POINTER, e: POINTER },
    /^The commit holds Git LFS pointers instead of files: a, b, c and 2 more\./,
  ],
  'a submodule': [{ 'vendor/lib': '@' }, /^vendor\/lib is a submodule, which would be an empty folder\./],
  'two submodules': [{ a: '@', b: '@' }, /^a, b are submodules, which would be empty folders\./],
  'an absolute link': [
    { conf: '-> /etc/shop' },
    /^The link conf leads out of the repository \(to \/etc\/shop\)\. Replace the link by the file/,
  ],
  'a link that climbs out': [
    { 'a/b': '-> ../../x' },
    /^The link a\/b leads out of the repository \(to \.\.\/\.\.\/x\)/,
  ],
};

for (const [name, [files, expected]] of Object.entries(REFUSED))
  test(`refused: ${name}`, () => {
    const [refusal, ...more] = factsOf(files).refusals;
    assert.deepEqual(more, []);
    assert.match(`${refusal?.message} ${refusal?.advice}`, expected);
  });

test('the text of a pointer in a longer file, a link inside and other folders are accepted', () => {
  const files = {
    'docs/lfs.md': `${POINTER}${'explained '.repeat(100)}`,
    'a/b': '-> ../c',
    c: '',
    'other/lib': '@',
    'other/model.bin': POINTER,
    'app/requirements.txt': '',
    'app/a': '-> ./b/../c',
  };
  assert.deepEqual(factsOf({ 'docs/lfs.md': files['docs/lfs.md'], 'a/b': '-> ../c', c: '' }).refusals, []);
  assert.deepEqual(factsOf(files, 'app').refusals, []);
});

const BUILT = '[project]\nname = "x"\n[build-system]\n';
const USES = '[project]\nname = "shop"\n[tool.uv.sources]\ncommon = { path = "../../libs/common" }\n';

/** By the files of a service in services/shop: why the whole repository is the release. */
const SHIPS: Record<string, [Record<string, string>, string | null]> = {
  nothing: [{}, null],
  'a path dependency': [
    {
      'services/shop/pyproject.toml': USES,
      'services/shop/uv.lock': '',
      'libs/common/pyproject.toml': BUILT,
    },
    'services/shop/pyproject.toml names ../../libs/common',
  ],
  'a lock above': [
    {
      'uv.lock': '',
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["services/*"]\n',
      'services/shop/pyproject.toml': BUILT,
    },
    'uv.lock is outside of services/shop',
  ],
  'an editable line': [
    { 'services/shop/requirements.txt': '-e ../../libs/common', 'libs/common/setup.py': '' },
    'requirements.txt names -e ../../libs/common',
  ],
  'a common requirement file': [
    { 'services/shop/requirements.txt': '-r ../../base.txt', 'base.txt': '' },
    'base.txt is outside of services/shop',
  ],
  'a link': [
    { 'services/shop/common': '-> ../../libs/common', 'libs/common/a.py': '' },
    'the link common leads to ../../libs/common',
  ],
};

for (const [name, [files, why]] of Object.entries(SHIPS))
  test(`ships: ${name}`, () => {
    const isLocked = 'services/shop/uv.lock' in files || 'uv.lock' in files;
    const usual: Record<string, string> = isLocked ? {} : { 'services/shop/requirements.txt': '' };
    const { ships, bytes, refusals } = readFacts(
      commitOf({ 'other/large.bin': 'x'.repeat(5_000), ...usual, ...files }, 'services/shop'),
      settings(),
    );
    assert.deepEqual(refusals, []);
    assert.deepEqual(ships, { what: why === null ? 'folder' : 'repository', why });
    assert.equal(bytes > 5_000, why !== null);
  });

test('in the whole repository only files that the service needs may not be missing', () => {
  const files = {
    'services/shop/requirements.txt': '-e ../../libs/common',
    'libs/common/setup.py': '',
    'services/other/model.bin': POINTER,
    'vendor/other': '@',
  };
  assert.deepEqual(factsOf(files, 'services/shop').refusals, []);
  const [refusal] = factsOf({ ...files, 'libs/common/model.bin': POINTER }, 'services/shop').refusals;
  assert.match(refusal?.message ?? '', /pointers instead of files: libs\/common\/model\.bin\./);
});

test('files without which the service runs may be missing, and a shared link may lead anywhere', () => {
  const files = { 'docs/theme': '@', 'tests/a.bin': POINTER, media: '-> /mnt/media' };
  const allowed = { allowMissing: ['docs/theme', 'tests'], shared: ['media'] };
  assert.deepEqual(factsOf(files, '', allowed).refusals, []);
  assert.match(
    factsOf(files).refusals[0]?.advice ?? '',
    /If the service runs without them, write allowMissing: \[docs\/theme\]\.$/,
  );
});

test('a .env of the commit is named with the names that are overridden, and without values', () => {
  const files = { '.env': 'DEBUG=1\nexport URL=secret-value\n# NO=1\n' };
  const { notices } = factsOf(files, '', { env: { URL: 'x', OTHER: 'y' } });
  assert.deepEqual(notices, ['.env is in the commit: env: and envFiles: override what it sets (URL)']);
  assert.deepEqual(factsOf(files, '', { shared: ['.env'] }).notices, []);
  assert.deepEqual(factsOf({ 'app/requirements.txt': '', ...files }, 'app').notices, []);
});

test('a file that is installed cannot be shared', () => {
  const { refusals } = factsOf({}, '', { shared: ['requirements.txt'] });
  assert.equal(
    refusals[0]?.message,
    'requirements.txt is also in shared; what is installed must belong to the release.',
  );
});

const utf16 = (text: string) => new Uint8Array([0xff, 0xfe, ...Buffer.from(text, 'utf16le')]);

/** Requirement files as editors save them. */
const ENCODINGS: Record<string, [Uint8Array, 'utf-8' | 'other']> = {
  'UTF-8': [Buffer.from('six==1.17.0 # größer\n'), 'utf-8'],
  'UTF-8 with a mark': [Buffer.from('\ufeffsix==1.17.0\n'), 'other'],
  'UTF-16': [utf16('six==1.17.0\n-e .\n'), 'other'],
  'a coding line': [Buffer.from('# -*- coding: latin-1 -*-\nsix==1.17.0\n'), 'other'],
  'a coding line that says UTF-8': [Buffer.from('# coding: utf-8\nsix==1.17.0\n'), 'utf-8'],
  'bytes that are not UTF-8': [Buffer.from('six==1.17.0 # gr\xf6\xdfer\n', 'latin1'), 'other'],
};

for (const [name, [content, encoding]] of Object.entries(ENCODINGS))
  test(`the encoding of a requirement file: ${name}`, () => {
    const { packaging } = factsOf({ 'requirements.txt': content });
    assert.ok(packaging?.tool === 'requirements');
    assert.equal(packaging.encoding, encoding);
    assert.equal(packaging.local, name === 'UTF-16');
  });

const APP = '[project]\nname = "shop"\nrequires-python = ">=3.11"\n';
const INTERPRETERS: Record<string, [Record<string, string>, (string | null)[]]> = {
  none: [{}, [null, null, null]],
  'a version': [{ '.python-version': '3.12\n' }, ['3.12', null, '.python-version']],
  'a patch version': [{ '.python-version': 'cpython-3.12.4\n' }, ['3.12.4', null, '.python-version']],
  'an environment of pyenv': [
    { '.python-version': 'shop-env\n3.11.9\n' },
    ['3.11.9', null, '.python-version'],
  ],
  'requires-python': [{ 'pyproject.toml': APP }, [null, '>=3.11', 'pyproject.toml']],
  both: [{ 'pyproject.toml': APP, '.python-version': '3.12' }, ['3.12', '>=3.11', '.python-version']],
  'as Poetry writes it': [
    { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.10"\n' },
    [null, '>=3.10,<4', 'pyproject.toml'],
  ],
};

for (const [name, [files, expected]] of Object.entries(INTERPRETERS))
  test(`the interpreter of a project: ${name}`, () => {
    const { wanted, requires, from } = factsOf(files).interpreter;
    assert.deepEqual([wanted, requires, from], expected);
  });

test('a deploy is refused with every reason, and continues without one', () => {
  refuseByFacts(null);
  refuseByFacts(projectFacts());
  const refusals = [
    { message: 'A.', advice: 'Do this.' },
    { message: 'B.', advice: 'Do this.' },
  ];
  assert.throws(() => refuseByFacts(projectFacts({ refusals })), /^ApplicationFailure: A\. B\.$/);
});

test('hostile texts neither throw nor take long', () => {
  const pattern = `${'*a'.repeat(500)}`;
  const members = Array.from({ length: 50 }, () => `"${pattern}/**/${'**/a/'.repeat(50)}"`).join(', ');
  const files = {
    'uv.lock': '',
    'pyproject.toml': `[tool.uv.workspace]\nmembers = [${members}]\n[project]\nname = 5\ndependencies = "six"\n[tool.uv.sources]\na = { path = 5 }\n`,
    [`${'a/'.repeat(90)}${'a'.repeat(200)}b/pyproject.toml`]: APP,
    'requirements/prod.txt': `-e ${' '.repeat(100_000)}x`,
    'a\u001b[31m\n.bin': POINTER,
  };
  const { refusals, packaging } = factsOf(files);
  assert.equal(packaging?.tool, 'uv');
  assert.deepEqual(
    refusals.map(({ message }) => message),
    ['The commit holds Git LFS pointers instead of files: a\\n.bin.'],
  );
});
