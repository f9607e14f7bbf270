import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeRequest } from '../../../src/activities/observe/readiness';
import { rehearsal } from '../../../src/activities/prepare/rehearse';
import { type Job, jobRequest } from '../../../src/activities/run-job';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import { LONGEST_DURATION_MS, millisecondsOf } from '../../../src/config/duration';
import { duration, LONGEST_STOP_MS, upToAMinute, upToAnHour, wholeSeconds } from '../../../src/config/forms';
import { resolveSettings } from '../../../src/config/settings';
import { settings as schema } from '../../../src/config/settings-schema';
import { limitArguments } from '../../../src/host-agent/gunicorn';
import { processValues } from '../../../src/host-agent/unit';
import { type Request, refusals } from '../../harness/helper-fields';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MINUTE = 60_000;

/** LANDFALL_LONG=1: all values of every key, which takes minutes. */
const LONG = process.env.LANDFALL_LONG === '1';

/**
 * Every value up to a minute where that is the limit. Up to a day all minutes and hours, and of the rest
 * one in a hundred, because each is read by the same function as those up to a minute.
 */
function* durations(most: number, least: number): Generator<[text: string, milliseconds: number]> {
  for (const [unit, length] of Object.entries(UNITS)) {
    const last = Math.floor(most / length);
    const stride = LONG || last <= MINUTE ? 1 : Math.ceil(last / 9_973);
    for (let count = 1; count <= last; count = count < last ? Math.min(count + stride, last) : last + 1) {
      if ((count * length) % least === 0) yield [`${count}${unit}`, count * length];
    }
  }
}

const claim = { fence: 1, run: 'a', seq: 0, attempt: 1 };
const host = { name: 'web1', address: 'web1', port: 22, user: 'deploy', bind: { host: '::1', port: 80 } };
const job: Omit<Job, 'timeout'> = {
  step: 'a',
  as: 'service',
  release: '1-abcdef0',
  argv: [],
  env: {},
  memory: null,
};

function jobOf(timeout: number | undefined): Request {
  assert.ok(timeout !== undefined);
  return { verb: 'job', ...jobRequest({ ...job, timeout }, claim, 0) };
}

function probeOf({ readiness }: ServiceSettings): Request {
  return { verb: 'probe', ...probeRequest(host, readiness) };
}

function unitOf(settings: ServiceSettings): Request {
  const asked = { claim, release: '1-abcdef0', commit: 'abcdef0', address: host.bind };
  return { verb: 'install-unit', ...asked, process: processValues(settings) };
}

function rehearsalOf(settings: ServiceSettings): Request {
  assert.ok(settings.rehearse !== null);
  const job = rehearsal({ release: '1-abcdef0', settings, ...settings.rehearse }, '');
  return { verb: 'job', ...jobRequest(job, claim, 0) };
}

type Key = [
  /** How the key is written in landfall.yaml with this duration. */
  written: (text: string) => object,
  /** What became of it. */
  read: (settings: ServiceSettings) => number | undefined,
  /** What a host is asked with it; null: nothing, it is the worker's own. */
  asked: ((settings: ServiceSettings) => Request) | null,
  /** The longest, and what it is a multiple of; milliseconds. */
  options?: { most?: number; least?: number },
];

const KEYS: Record<string, Key> = {
  'gunicorn.timeout': [
    (timeout) => ({ gunicorn: { timeout } }),
    ({ gunicorn }) => gunicorn.timeout,
    unitOf,
    { least: 1_000 },
  ],
  'gunicorn.gracefulTimeout': [
    (gracefulTimeout) => ({ gunicorn: { gracefulTimeout } }),
    ({ gunicorn }) => gunicorn.gracefulTimeout,
    unitOf,
    { most: LONGEST_STOP_MS, least: 1_000 },
  ],
  'preImport.timeout': [
    (timeout) => ({ preImport: { timeout } }),
    ({ preImport }) => preImport.timeout,
    ({ preImport }) => jobOf(preImport.timeout),
  ],
  'rehearse.timeout': [
    (timeout) => ({ rehearse: { timeout } }),
    ({ rehearse }) => rehearse?.timeout,
    rehearsalOf,
  ],
  'migrate.timeout': [
    (timeout) => ({ migrate: { command: ['true'], timeout } }),
    ({ migrate }) => migrate?.timeout,
    ({ migrate }) => jobOf(migrate?.timeout),
  ],
  installTimeout: [
    (installTimeout) => ({ installTimeout }),
    ({ installTimeout }) => installTimeout,
    ({ installTimeout }) => jobOf(installTimeout),
  ],
  'readiness.timeout': [
    (timeout) => ({ readiness: { timeout } }),
    ({ readiness }) => readiness.timeout,
    unitOf,
  ],
  'readiness.requestTimeout': [
    (requestTimeout) => ({ readiness: { requestTimeout } }),
    ({ readiness }) => readiness.requestTimeout,
    probeOf,
    { most: MINUTE },
  ],
  'readiness.tolerance': [
    (tolerance) => ({ readiness: { tolerance } }),
    ({ readiness }) => readiness.tolerance,
    null,
    { most: MINUTE },
  ],
  'soak.time': [(time) => ({ soak: { time } }), ({ soak }) => soak?.time, null],
  'soak.interval': [
    (interval) => ({ soak: { time: '1h', interval } }),
    ({ soak }) => soak?.interval,
    null,
    { most: MINUTE },
  ],
  'soak.commandTimeout': [
    (commandTimeout) => ({ soak: { time: '1h', commandTimeout } }),
    ({ soak }) => soak?.commandTimeout,
    ({ soak }) => jobOf(soak?.commandTimeout),
  ],
  'rollback.keepTrying': [
    (keepTrying) => ({ rollback: { keepTrying } }),
    ({ rollback }) => rollback?.keepTrying,
    null,
  ],
};

for (const [name, [written, read, asked, { most = LONGEST_DURATION_MS, least = 1 } = {}]] of Object.entries(
  KEYS,
)) {
  test(`every legal ${name} stays the same whole milliseconds on its way to the host`, () => {
    const [top = ''] = Object.keys(written('1s'));
    const shape = Object.entries(schema).find(([key]) => key === top)?.[1];
    assert.ok(shape !== undefined, top);
    const requests = new Set<string>();
    for (const [text, milliseconds] of durations(most, least)) {
      const shaped = written(text);
      const parsed = shape.safeParse(Object.values(shaped)[0]);
      assert.ok(parsed.success, `${text}: ${parsed.error?.message}`);
      const settings = resolveSettings('shop', shaped);
      assert.equal(read(settings), milliseconds, text);
      assert.match(limitArguments(settings).join(' '), /^--timeout \d+ --graceful-timeout \d+$/, text);
      if (asked !== null) requests.add(JSON.stringify(asked(settings)));
    }
    if (asked === null) return;
    assert.ok(requests.size > 1_000);
    assert.deepEqual([...new Set(refusals(requests))], [null]);
  });
}

test('the keys above are all of those that are durations', () => {
  const forms = new Set<unknown>(
    [duration, upToAMinute, upToAnHour, wholeSeconds].map((form) => form.def.checks),
  );
  const found: string[] = [];
  walk(schema, '', (path, form) => {
    if (forms.has(form)) found.push(path);
  });
  assert.deepEqual(found.sort(), Object.keys(KEYS).sort());
});

/** Every text form below a shape, by the path of its key. */
function walk(shape: object, path: string, found: (path: string, checks: unknown) => void): void {
  for (const [name, value] of Object.entries(shape)) visit(value, path === '' ? name : `${path}.${name}`);
  function visit(value: { def?: Record<string, unknown>; shape?: object }, at: string): void {
    const { type, innerType, options, checks } = value.def ?? {};
    if (type === 'optional') visit(innerType as object, at);
    if (type === 'union') for (const option of options as object[]) visit(option, at);
    if (type === 'object') walk(value.shape ?? {}, at, found);
    if (type === 'string') found(at, checks);
  }
}

test('what is beyond the limits of a duration is none', () => {
  for (const text of [
    '0ms',
    '0s',
    '86400001ms',
    '86401s',
    '1441m',
    '25h',
    '999999999h',
    '1.5s',
    '-1s',
    '1e3ms',
  ])
    assert.equal(millisecondsOf(text), null, text);
  for (const text of ['60001ms', '61s', '2m', '1h'])
    assert.equal(upToAMinute.safeParse(text).success, false, text);
  for (const text of ['1ms', '999ms', '1001ms', '1500ms'])
    assert.equal(wholeSeconds.safeParse(text).success, false, text);
});
