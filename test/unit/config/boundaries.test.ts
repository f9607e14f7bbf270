import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConfigError, deployInput, parseConfig } from '../../../src/config';
import { deploySchema } from '../../../src/config/deploy-input';
import { policyOf } from '../../../src/deployment/policy';
import { schemaProblems } from '../../../src/text/schema-problems';
import { FakeHost } from '../../harness/fake-host';
import { refusals } from '../../harness/helper-fields';
import { requestsOf } from './requests-of';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

type Written = Record<string, unknown>;
const legal = (service: Written = {}, environment: Written = {}): Written => ({
  service: 'shop',
  repository: 'git@github.com:acme/shop.git',
  ...service,
  environments: { production: { hosts: ['web1'], ...environment } },
});

const a = (length: number) => 'a'.repeat(length);
const times = <Item>(length: number, item: (index: number) => Item) =>
  Array.from({ length }, (_, index) => item(index));
const named = (length: number, name: (index: number) => string, value: string) =>
  Object.fromEntries(times(length, (index) => [name(index), value]));
const padded = (index: number, length: number) => String(index).padStart(length, 'x');

/** By key: values at the limits of what is legal, and values one step beyond. */
const LIMITS: Record<string, { legal: unknown[]; beyond: unknown[] }> = {
  service: { legal: ['a', a(31), `a${'-'.repeat(30)}`], beyond: ['', a(32), 'A', '1a', 'a_b', 'a\n', 'ä'] },
  app: { legal: ['a:b', `${a(196)}:b()`], beyond: ['', 'a', `${a(198)}:bb`, 'a:b\n', 'ä:b'] },
  python: { legal: ['p', `/${a(199)}`, a(200)], beyond: ['', a(201), '-c', '/a/../b', 'a b', 'a\n'] },
  user: { legal: ['a', a(31)], beyond: ['', a(32), 'root', 'A'] },
  base: {
    legal: ['/srv/a', `/srv/${a(195)}`],
    beyond: ['/srv', `/srv/${a(196)}`, '/etc/a', '/srv/a/../b', '/srv/a/'],
  },
  unit: {
    legal: ['a.service', `${a(61)}.service`],
    beyond: ['.service', `${a(62)}.service`, 'a@.service', 'a.socket'],
  },
  path: { legal: ['a', a(300)], beyond: ['', '/a', 'a/', '..', a(301)] },
  requirements: {
    legal: [['a'], times(50, (index) => padded(index, 300))],
    beyond: [[], times(51, String), [a(301)], ['a\n'], ['-r'], ['../a'], ['ä']],
  },
  shared: {
    legal: [[], times(100, (index) => padded(index, 300))],
    beyond: [times(101, String), [a(301)], ['.venv'], ['a', 'a/b']],
  },
  envFiles: {
    legal: [[], times(20, (index) => `/etc/${padded(index, 195)}`)],
    beyond: [times(21, (index) => `/etc/${index}`), [`/${a(200)}`], ['etc'], ['/etc/../a']],
  },
  env: {
    legal: [
      {},
      { [a(100)]: '' },
      { _: a(30_000) },
      { A: 'ä'.repeat(30_000), B: '😀'.repeat(4_000) },
      { A: `"'\\$%{}\u00a0${'%'.repeat(1_000)}` },
      named(500, (index) => `A${index}`, 'a'),
    ],
    beyond: [
      { [a(101)]: '' },
      { '': '' },
      { A: a(30_001) },
      { A: 'a\n' },
      { A: '\u2028' },
      { A: '\ufffe' },
      { A: '\ufdd0' },
      { A: '\u{1ffff}' },
      { 'A-B': '' },
      { PATH: '' },
      named(501, (index) => `A${index}`, 'a'),
      named(3, (index) => `A${index}`, a(20_000)),
    ],
  },
  keepReleases: { legal: [1, 100], beyond: [0, 101, 1.5, '1'] },
  installTimeout: { legal: ['1ms', '24h', '86400000ms', '1500ms'], beyond: ['0s', '25h', 1] },
  installMemory: { legal: ['64M', '4096G'], beyond: ['63M', '4097G', '1K'] },
  bind: {
    legal: [
      '127.0.0.1:1024',
      '0.0.0.0:65535',
      '[::1]:8000',
      '[2001:db8:0:0:1::]:8000',
      'unix:/run/shop.sock',
    ],
    beyond: [
      'localhost:8000',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      '[::1%lo]:8000',
      `unix:/run/${a(200)}`,
      '1.2.3:80',
    ],
  },
  'gunicorn.workers': { legal: [1, 256], beyond: [0, 257] },
  'gunicorn.workerClass': { legal: ['a', a(200)], beyond: ['', a(201), 'a-b', 'ä'] },
  'gunicorn.threads': { legal: [1, 1000], beyond: [0, 1001] },
  'gunicorn.timeout': { legal: ['1s', '24h', '2000ms'], beyond: ['1500ms', '25h'] },
  'gunicorn.gracefulTimeout': { legal: ['1s', '1h'], beyond: ['1500ms', '61m'] },
  'gunicorn.configFile': { legal: ['a', a(300)], beyond: [a(301), '/a', '../a'] },
  'preImport.timeout': { legal: ['1ms', '24h'], beyond: ['0ms', '25h'] },
  'preImport.memory': { legal: ['64M', '4096G'], beyond: ['1M'] },
  'rehearse.timeout': { legal: ['1ms', '24h'], beyond: ['0ms', '25h'] },
  'migrate.timeout': { legal: ['1ms', '24h'], beyond: ['0ms', '25h'] },
  'migrate.command': {
    legal: [['a'], times(200, () => 'a'), [a(30_000)], ['ä'.repeat(30_000)]],
    beyond: [[], [''], times(201, () => 'a'), [a(30_001)], ['a\n'], ['\ud800'], [a(30_000), a(30_000)]],
  },
  'readiness.path': {
    legal: ['/', `/${'~'.repeat(1_999)}`],
    beyond: ['', 'a', `/${a(2_000)}`, '/a b', '/a#b', '/ä'],
  },
  'readiness.url': {
    legal: ['http://a', `https://a/${a(1_990)}`],
    beyond: [`https://a/${a(1_991)}`, 'ftp://a'],
  },
  'readiness.headers': {
    legal: [{}, { [a(100)]: '' }, { A: '~'.repeat(4_000) }, named(50, (index) => `A${index}`, 'a')],
    beyond: [
      { A_B: '' },
      { [a(101)]: '' },
      { '': '' },
      { A: '~'.repeat(4_001) },
      { A: 'ä' },
      { A: 'a\n' },
      named(51, (index) => `A${index}`, ''),
    ],
  },
  'readiness.timeout': { legal: ['2001ms', '24h'], beyond: ['0ms', '25h'] },
  'readiness.requestTimeout': { legal: ['1ms', '700ms', '570ms', '59999ms'], beyond: ['0ms', '61s'] },
  'readiness.successes': { legal: [1, 100], beyond: [0, 101] },
  'readiness.tolerance': { legal: ['1ms', '60s'], beyond: ['0ms', '61s'] },
  'soak.time': { legal: ['1ms', '24h'], beyond: ['0ms', '25h'] },
  'soak.interval': { legal: ['1ms', '60s'], beyond: ['61s'] },
  'soak.commandTimeout': { legal: ['1ms', '24h'], beyond: ['25h'] },
  'soak.command': { legal: [['a'], [a(30_000)]], beyond: [[], [a(30_001)]] },
  'rollback.keepTrying': { legal: ['1ms', '24h'], beyond: ['0ms', '25h'] },
};

/** Those that carry something of landfall.yaml. */
const VERBS =
  'claim finish inspect install-instance install-unit job mark-good observe probe setup stage start environment'.split(
    ' ',
  );

/** The other keys that a key below another one requires. */
const BESIDE: Record<string, Written> = {
  migrate: { command: ['true'] },
  soak: { time: '1h', command: ['true'] },
};

/** A file with these values, by key. */
function fileWith(values: Record<string, unknown>): Written {
  const service: Written = {};
  for (const [key, value] of Object.entries(values)) {
    const [top = '', below] = key.split('.');
    service[top] =
      below === undefined ? value : { ...BESIDE[top], ...(service[top] as object), [below]: value };
  }
  return legal(service);
}

const parsed = (file: Written) => parseConfig('landfall.yaml', JSON.stringify(file));

function inputOf(file: Written) {
  const asked = {
    environment: 'production',
    ref: 'main',
    by: 'a@b',
    ciRun: null,
    fixForward: false,
    takeOver: false,
  };
  return deployInput(parsed(file), asked);
}

async function refusedBoundaries(files: [string, Written][]): Promise<string[]> {
  const asked: [string, string][] = [];
  for (const [name, file] of files) {
    const input = inputOf(file);
    const checked = deploySchema.safeParse(input);
    assert.ok(checked.success, `${name}: ${checked.error && schemaProblems(checked.error)}`);
    for (const request of await requestsOf(host, input)) asked.push([name, JSON.stringify(request)]);
    for (const target of input.hosts)
      asked.push([name, JSON.stringify({ verb: 'setup', policy: policyOf(input, target.user ?? 'deploy') })]);
  }
  const verbs = new Set(asked.map(([, request]) => JSON.parse(request).verb));
  for (const verb of VERBS) assert.ok(verbs.has(verb), `nothing asked for ${verb}`);
  const found = refusals(asked.map(([, request]) => request));
  return asked.flatMap(([name, request], index) =>
    found[index] === null ? [] : [`${name}: ${found[index]}\n  ${request.slice(0, 200)}`],
  );
}

/** As few files as have every legal value: one has a key once, and what settings take together is limited. */
function filesWithEveryValue(): Written[] {
  const files: Record<string, unknown>[] = [{}];
  const values = Object.entries(LIMITS).flatMap(([key, { legal }]) => legal.map((value) => ({ key, value })));
  // The short ones first, so that a file is long only for the last of its checks.
  const length = ({ value }: { value: unknown }) => JSON.stringify(value).length;
  for (const { key, value } of values.sort((one, other) => length(one) - length(other))) {
    const free = files.find(
      (file) => !Object.hasOwn(file, key) && isLegal(fileWith({ ...file, [key]: value })),
    );
    if (free === undefined) files.push({ [key]: value });
    else free[key] = value;
  }
  return files.map(fileWith);
}

function isLegal(file: Written): boolean {
  try {
    return parsed(file).environments.size === 1;
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return false;
  }
}

test('whatever a legal landfall.yaml says, the helper takes it', async () => {
  const files = filesWithEveryValue().map((file, at): [string, Written] => [`file ${at}`, file]);
  assert.deepEqual(await refusedBoundaries([['nothing but what must be', legal()], ...files]), []);
});

test('so it is with hosts at the limits of what they may be', async () => {
  const longest = `${times(3, () => a(63)).join('.')}.${a(61)}`;
  const hosts = [
    longest,
    {
      name: `a${':'.repeat(252)}`,
      address: '2001:db8::1',
      port: 65_535,
      user: a(31),
      bind: '[2001:db8::1]:65535',
    },
  ];
  const files: [string, Written][] = [
    ['long names', legal({ service: a(31), user: 'shop' }, { hosts })],
    ['an environment of 31', { ...legal(), environments: { production: { hosts } } }],
    ['restart', legal({ strategy: 'restart', bind: '127.0.0.1:1' })],
  ];
  assert.deepEqual(await refusedBoundaries(files), []);
});

test('one step beyond, landfall.yaml is refused at the key', () => {
  for (const [key, { beyond }] of Object.entries(LIMITS)) {
    for (const value of beyond) {
      const name = `${key}: ${JSON.stringify(value).slice(0, 60)}`;
      assert.throws(
        () => parsed(fileWith({ [key]: value })),
        (error) => {
          assert.ok(error instanceof ConfigError, `${name}: ${error}`);
          const [top = ''] = key.split('.');
          // The total length of all settings is reported at one key.
          assert.match(error.message, new RegExp(`${top}|makes the settings \\d+ characters long`), name);
          return true;
        },
        name,
      );
    }
  }
});
