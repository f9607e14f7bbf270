import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import contract from '../../../host/contract.json';
import { checkOf } from '../../../src/contract/checks';
import { SHAPES, type Shape } from '../../../src/contract/contract';
import { TYPE_FILES } from '../../../tools/contract/write';
import { helperSays } from '../../harness/contract-check';
import { WRONG } from '../../harness/malformed';

test('the types of both languages are what host/contract.json says now; npm run contract renews them', () => {
  for (const [file, text] of Object.entries(TYPE_FILES))
    assert.equal(readFileSync(file, 'utf8'), text(), file);
});

const a = (length: number) => 'a'.repeat(length);

/** By type: values that fit, and values that do not. Both languages have to agree on each. */
const VALUES: Record<string, { fit: unknown[]; not: unknown[] }> = {
  flag: { fit: [true, false], not: [0, 'true', null] },
  count: { fit: [0, 2 ** 53 - 1], not: [-1, 0.5, true, '1'] },
  serviceName: { fit: ['a', a(31), 'a-1'], not: ['', a(32), 'A', '1a', 'a_b', 'a\n', 'ä', '-a'] },
  serviceUnit: {
    fit: ['a.service', `${a(61)}.service`],
    not: ['.service', `${a(62)}.service`, 'a@.service'],
  },
  release: {
    fit: ['1-abcdef0', '123456789-0123456789ab'],
    not: ['-abcdef0', '1-abcdef', '1-ABCDEF0', '1-abcdef0\n', '\u0661-abcdef0', '../1-abcdef0'],
  },
  commit: { fit: ['abcdef0', 'f'.repeat(64)], not: ['abcdef', 'f'.repeat(65), 'ABCDEF0', 'abcdef0\n'] },
  digest: { fit: ['0'.repeat(64)], not: ['0'.repeat(63), ''] },
  absolutePath: {
    fit: ['/a', '/srv/shop', '/...', '/.a', '/..a/b', `/${a(199)}`, '/a@b+c_d-e.f'],
    not: [
      '',
      '/',
      'a',
      '//a',
      '/a/',
      '/a//b',
      '/.',
      '/..',
      '/a/../b',
      '/a/.',
      `/${a(200)}`,
      '/a b',
      '/a\n',
      '/a%n',
    ],
  },
  insidePath: {
    fit: ['a', 'a/b', '.a', '...', a(300), 'a/-b', '@+_.'],
    not: ['', '/a', 'a/', '-a', '.', '..', 'a/..', './a', 'a//b', a(301), 'a\n', 'ä', 'a b', ';x'],
  },
  socketPath: { fit: [`/${a(106)}`], not: [`/${a(107)}`, '/run/../x', 'run/x'] },
  program: {
    fit: ['python3', 'p', a(200), '/usr/bin/python3.12', '/opt/g++/.x'],
    not: ['', '-c', '3', './python', '/usr/../python', 'a b', a(201), `/${a(200)}`, 'python3\n', 'a/b'],
  },
  app: {
    fit: ['a:b', 'a.b.c:d', '_a:_b()', `${a(196)}:b()`, "a:b('x', n=-1.5, c=True)", "a:b('', None)"],
    not: [
      '',
      'a',
      ':b',
      'a:',
      'a:b(x)',
      'a:b("x")',
      "a:b('\\')",
      "a:b('x' 'y')",
      "a:b('x')c",
      'a..b:c',
      `${a(198)}:bb`,
      'a:b\n',
      'ä:b',
      'a-b:c',
      '1:a',
    ],
  },
  workerClass: { fit: ['sync', 'a.B_c', a(200)], not: ['', a(201), 'a-b', '.a', 'ä', 'a\n'] },
  variable: { fit: ['A', '_', a(100), 'PATH'], not: ['', a(101), '1A', 'A-B', 'A=B', 'A\n', 'Ä'] },
  ownVariable: {
    fit: ['A', 'PATHS', 'MY_PATH', 'LANDFALL', 'LISTEN_FDS_', 'GUNICORN_CMD_ARGS', a(100)],
    not: ['PATH', 'LANDFALL_', 'LANDFALL_X', 'LISTEN_FDS', 'NOTIFY_SOCKET', 'PATH\n', ''],
  },
  variableValue: {
    fit: ['', a(30_000), 'ä'.repeat(30_000), '😀'.repeat(30_000), '\u00a0\ufdcf\ufdf0\ufffd', '"\'\\$%{}#;'],
    not: [
      a(30_001),
      'a\n',
      '\t',
      '\x7f',
      '\x80',
      '\u2028',
      '\ud800',
      '\ufffe',
      '\ufdd0',
      '\u{1ffff}',
      '\u{10fffe}',
    ],
  },
  urlPath: {
    fit: ['/', `/${'~'.repeat(1_999)}`, '/"?a=b'],
    not: ['', 'a', '/a b', '/a#b', '/ä', '/\n', `/${a(2_000)}`],
  },
  fieldName: { fit: ['a', 'build.commit', 'A_b-1', a(200)], not: ['', a(201), '.', 'a.', 'a b', 'a\n', 'é'] },
  headerName: { fit: ['A', 'x-1', a(100)], not: ['', a(101), 'A_B', 'A:', 'A\n', '\u212a'] },
  headerValue: { fit: ['', '~ ~', a(4_000)], not: [a(4_001), 'a\r\nb', 'ä', '\x7f'] },
  headers: { fit: [{}, { A: '' }], not: [[], null, { A: 1 }, { 'A B': '' }, Object.fromEntries(times(51))] },
  env: { fit: [{}, { A: '' }], not: [{ PATH: '' }, Object.fromEntries(times(501))] },
  domainName: {
    fit: ['shop.example.com', 'a.b', 'xn--bcher-kva.example', `${a(63)}.${a(63)}`, '1.2.a1'],
    not: [
      '',
      'shop',
      'localhost',
      'Shop.example.com',
      '*.example.com',
      'shop.example.com.',
      '.example.com',
      'shop..com',
      'shop.example.com:443',
      'https://shop.example.com',
      'shop.example.com/a',
      '-shop.example.com',
      'shop-.example.com',
      'shop_.example.com',
      'b\u00fccher.example',
      '127.0.0.1',
      'shop.example.com\n',
      'shop.example.com {',
      'shop.example.com;',
      `${a(64)}.example`,
      `${'a.'.repeat(127)}com`,
    ],
  },
  acmeDirectory: {
    fit: ['https://ca.internal', 'https://ca.internal:9000/acme/acme/directory', 'https://127.0.0.1/dir/'],
    not: [
      '',
      'http://ca.internal',
      'https://',
      'https://a/b?c',
      'https://u:p@a/b',
      'https://a/b c',
      'https://a/{b}',
      'https://a\n',
    ],
  },
  emailAddress: {
    fit: ['ops@example.com', 'a.b+c_d@xn--bcher-kva.example'],
    not: [
      '',
      'ops',
      '@example.com',
      'ops@localhost',
      'ops@example.com\n',
      'o ps@example.com',
      '"o"@example.com',
      '-o@example.com',
    ],
  },
  ipAddress: {
    fit: ['127.0.0.1', '0.0.0.0', '255.255.255.255', '::1', '::', '2001:db8::1', '::ffff:1.2.3.4', 'FE80::1'],
    not: [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '256.1.1.1',
      '1.2.3.4\n',
      '::1%lo',
      '1::2::3',
      'localhost',
      ':',
      '[::1]',
    ],
  },
  port: { fit: [1, 65_535], not: [0, 65_536, '80', 80.5, true] },
  duration: { fit: [1, 86_400_000], not: [0, 86_400_001, 1.5] },
  wholeSeconds: { fit: [1_000, 86_400_000], not: [0, 999, 1_500, 86_401_000] },
  stopDuration: { fit: [1_000, 3_600_000], not: [500, 3_601_000] },
  note: { fit: ['', a(300), '😀'.repeat(300)], not: [a(301), 'a\n', '\u2029', '\ud800', '\x85', 1] },
  keptPayload: { fit: ['', 'a\n', 'a'.repeat(65_536), '\u2028'], not: ['\0', '\ud800', a(65_537), 1] },
  step: { fit: ['a', 'a-b', a(31)], not: ['', '-a', 'A', 'a.b', '%n', a(32)] },
  publicKey: {
    fit: ['ssh-ed25519 AAAA', 'ssh-ed25519 AAAA a comment', 'sk-ssh-ed25519@openssh.com AA=='],
    not: ['', 'AAAA', 'ssh-ed25519 AAAA\nssh-rsa B', 'command="x" ssh-ed25519 AAAA'],
  },
  projectPaths: { fit: [[], ['../a']], not: ['a', ['/a'], Array(101).fill('a')] },
  sharedPath: { fit: ['a', 'a/b/', '.env'], not: ['', '/', '/a', 'a//', '../a', 'a\n'] },
  projectPath: {
    fit: ['a', '../../a b/c', 'é', '..a'],
    not: ['', '/a', 'a/', 'a//b', 'a\n', '\u2028', '../', `${'a/'.repeat(51)}aa`],
  },
  groupName: { fit: ['a', 'a-b.c_d', 'A1', a(100)], not: ['', '-a', 'a-', a(101), 'a b', 'a\n'] },
  toolVersion: {
    fit: ['1', '0.13.9', '1.0.0rc1+local-2', '>=3.11,<3.14', '==3.11.*', `1${'0'.repeat(99)}`],
    not: ['', 'v1', '-3', '1\n', '>=3;x', '3 $x', `1${'0'.repeat(100)}`],
  },
  wheels: {
    fit: ['vendor/wheels', 'wheels', '/opt/wheels', '.wheels/x', a(200)],
    not: ['', '/', '../wheels', 'a/../b', '-w', 'a b', '~/x', 'a/', a(201)],
  },
  processName: {
    fit: ['worker', 'a', 'a-1', 'web2', a(21)],
    not: ['', 'web', 'A', '1a', 'a.b', a(22), 'a\n'],
  },
  processWord: { fit: ['a', 'ä %$"', a(8_000)], not: ['', 'a\n', '\u2028', '\ud800', a(8_001)] },
  address: {
    fit: [{ host: '::1', port: 80 }, { socket: '/run/a' }],
    not: [{}, { host: '::1' }, { host: 'a', port: 80 }, { socket: 'a' }, null, []],
  },
  invocation: { fit: ['', 'f'.repeat(32)], not: ['f'.repeat(31), 'f'.repeat(33), 'F'.repeat(32)] },
  anyPath: {
    fit: ['/', '/a b/ä', `/${a(4_095)}`],
    not: ['', 'a', '/\n', '/\u2028', '/\ud800', `/${a(4_096)}`],
  },
  unitName: { fit: ['a.service', 'a@1\\x2d:_-.service', a(255)], not: ['', 'a/b', a(256), 'a b'] },
  systemdWord: { fit: ['', 'auto-restart', a(60)], not: ['A', a(61), 'a\n'] },
  time: { fit: ['2026-01-01T10:00:00Z'], not: ['', 'now', '0'.repeat(41)] },
};

function times(count: number): [string, string][] {
  return Array.from({ length: count }, (_, index) => [`A${index}`, 'a']);
}

function workerSays(name: string, value: unknown): string | null {
  const { error } = checkOf(name).safeParse(value);
  return error?.issues[0]?.message ?? null;
}

test('worker and helper say the same to each value of a type', () => {
  const cases = Object.entries(VALUES).flatMap(([name, { fit, not }]) => [
    ...fit.map((value) => ({ name, value, fits: true })),
    ...not.map((value) => ({ name, value, fits: false })),
  ]);
  const theirs = helperSays(cases.map(({ name, value }) => [name, value]));
  cases.forEach(({ name, value, fits }, at) => {
    const what = `${name}: ${JSON.stringify(value).slice(0, 80)}`;
    assert.equal(workerSays(name, value) === null, fits, `the worker, ${what}: ${workerSays(name, value)}`);
    assert.equal(theirs[at] === null, fits, `the helper, ${what}: ${theirs[at]}`);
  });
});

test('each type with a pattern or a limit has its values above', () => {
  const described = Object.entries(SHAPES).filter(
    ([, shape]) => typeof shape !== 'string' && ('pattern' in shape || 'format' in shape),
  );
  const same = ['userName', 'environment', 'textName'];
  const without = described.map(([name]) => name).filter((name) => !(name in VALUES) && !same.includes(name));
  assert.deepEqual(without, []);
});

/** Every pattern that stands anywhere in the contract. */
function patternsIn(shape: unknown): string[] {
  if (typeof shape !== 'object' || shape === null) return [];
  return Object.entries(shape).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  );
}

test('a pattern has nothing that means one thing in JavaScript and another in Python', () => {
  for (const pattern of patternsIn(contract)) {
    const rest = pattern
      .replaceAll(/\\(?:[.()[\]\\]|x[0-9a-f]{2}|u[0-9a-f]{4})/g, '')
      .replaceAll(/\[\^?[^[\]\\&~|]*(?:--)?[^[\]\\]*\]/gu, 'C')
      .replaceAll(/\(\?[:!]/g, '(');
    // No class escapes (\w knows Unicode in Python), no anchors ($ lets a line feed pass), no dot, no flags.
    assert.match(rest, /^[A-Za-z0-9 C()|*+?{},/:_@='-]*$/, pattern);
    assert.doesNotMatch(pattern, /\\[dwsbDWSBAZpP]/, pattern);
  }
});

const ODD = [
  '',
  '\n',
  'a\n',
  '\u0661',
  '\u212a',
  '\u017f',
  '\0',
  '\ud800',
  '😀',
  '\u2028',
  '\x85',
  ' ',
  '-',
  '%',
  '..',
];

test('worker and helper say the same to what is odd, at every place of a request', () => {
  const cases = Object.entries(SHAPES).flatMap(([name, shape]) =>
    isOfAnswers(shape) ? [] : [...ODD, ...WRONG].map((value): [string, unknown] => [name, value]),
  );
  const theirs = helperSays(cases);
  cases.forEach(([name, value], at) => {
    const ours = workerSays(name, value);
    assert.equal(
      ours === null,
      theirs[at] === null,
      `${name}: ${JSON.stringify(value)?.slice(0, 80)}: ${ours} / ${theirs[at]}`,
    );
  });
});

/** Whether a shape occurs in answers only: such texts are cut instead of refused, and the host does not check them. */
function isOfAnswers(shape: Shape): boolean {
  return /"(prose|first|otherwise)":/.test(JSON.stringify(resolved(shape)));
}

function resolved(shape: unknown): unknown {
  if (typeof shape === 'string') return resolved(SHAPES[shape.replace(/\?$/, '')] ?? null);
  if (typeof shape !== 'object' || shape === null) return shape;
  return Object.fromEntries(
    Object.entries(shape).map(([key, value]) => [
      key,
      ['about', 'is', 'pattern', 'enum', 'format'].includes(key) ? value : resolved(value),
    ]),
  );
}
