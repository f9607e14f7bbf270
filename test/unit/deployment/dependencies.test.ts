import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencyChanges, parseRequirements, together } from '../../../src/deployment/dependencies';

const between = (before: string, after: string) =>
  dependencyChanges(parseRequirements(before), parseRequirements(after));

test('a changed, an added and a removed dependency are named with their versions', () => {
  const before = 'fastapi==0.115.0\nsix==1.17.0\nuvicorn==0.34.0\n';
  assert.deepEqual(between(before, 'fastapi==0.116.1\nhttpx==0.28.1\nuvicorn==0.34.0\n'), {
    changes: [
      { name: 'fastapi', from: '0.115.0', to: '0.116.1' },
      { name: 'httpx', from: null, to: '0.28.1' },
      { name: 'six', from: '1.17.0', to: null },
    ],
    loose: [],
  });
});

test('one project has one name, however it is spelled (PEP 503)', () => {
  assert.deepEqual(
    between('Typing_Extensions==4.1\nzope.interface==7\n', 'typing-extensions==4.1\nZope--Interface==7'),
    {
      changes: [],
      loose: [],
    },
  );
});

test('extras, markers, hashes, comments and joined lines do not hide a version', () => {
  const { pins, loose } = parseRequirements(
    [
      '# made by uv',
      'uvicorn[standard] == 0.34.0  # the server',
      'tomli==2.0.1 ; python_version < "3.11"',
      'idna==3.10 \\',
      '    --hash=sha256:aaaa \\',
      '    --hash=sha256:bbbb',
      'weird===1.0+local',
      '--index-url https://example.com/simple',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual(Object.fromEntries(pins), {
    uvicorn: ['0.34.0'],
    tomli: ['2.0.1'],
    idna: ['3.10'],
    weird: ['1.0+local'],
  });
  assert.deepEqual(loose, []);
});

test('a line that pins no version is told instead of compared', () => {
  const lines = [
    'flask>=2',
    'django==5.*',
    'requests',
    'shop @ https://example.com/shop.whl',
    '-e .',
    'a==1,!=2',
  ];
  const { pins, loose } = parseRequirements(lines.join('\n'));
  assert.equal(pins.size, 0);
  assert.deepEqual(loose, lines);
  assert.deepEqual(between('flask>=2', 'flask>=2\nrequests').loose, ['flask>=2', 'requests']);
});

test('a project with several markers has all of its versions', () => {
  const before = 'numpy==1.26; python_version < "3.9"\nnumpy==2.0; python_version >= "3.9"';
  assert.deepEqual(between(before, before.replace('2.0', '2.1')).changes, [
    { name: 'numpy', from: '1.26 or 2.0', to: '1.26 or 2.1' },
  ]);
});

test('other files are named, and several files count as one', () => {
  const text = '-r base.txt\n--requirement=more.txt\n-c limits.txt\nsix==1';
  assert.deepEqual(parseRequirements(text).includes, ['base.txt', 'more.txt', 'limits.txt']);
  const { pins } = together([parseRequirements(text), parseRequirements('idna==3')]);
  assert.deepEqual([...pins.keys()], ['six', 'idna']);
});

test('any text is read in a time that grows with its length', () => {
  for (const text of [
    'a'.repeat(1 << 20),
    'a.'.repeat(1 << 19),
    `a${' '.repeat(1 << 20)}`,
    '['.repeat(1 << 20),
  ])
    assert.deepEqual(parseRequirements(text).pins.size, 0);
});
