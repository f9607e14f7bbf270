import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { probeRequest } from '../../../src/activities/observe/readiness';
import { rehearsal } from '../../../src/activities/prepare/rehearse';
import { type Job, jobRequest } from '../../../src/activities/run-job';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import type { Form } from '../../../src/config/form';
import { commonSettings, settingsForm } from '../../../src/config/settings';
import { duration, requestDuration, stopDuration, wholeSeconds } from '../../../src/config/values';
import { serverOf } from '../../../src/deployment/server';
import { serverCommand } from '../../../src/deployment/server-command';
import { processValues } from '../../../src/host-agent/unit';
import { type Request, refusals } from '../../harness/helper-fields';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** LANDFALL_LONG=1: all values of every key, which takes minutes. */
const LONG = process.env.LANDFALL_LONG === '1';

/** Every duration from `least` to `most` that is a multiple of `least`; of more than `count` in one unit, so many. */
function* durations({ most, least }: Limits, count: number): Generator<[text: string, milliseconds: number]> {
  for (const [unit, length] of Object.entries(UNITS)) {
    const last = Math.floor(most / length);
    const stride = LONG ? 1 : Math.ceil(last / count);
    for (let at = 1; at <= last; at = at < last ? Math.min(at + stride, last) : last + 1) {
      if ((at * length) % least === 0) yield [`${at}${unit}`, at * length];
    }
  }
}

/** Milliseconds. */
interface Limits {
  most: number;
  least: number;
}
const FORMS: [Form<z.ZodString, number>, Limits][] = [
  [duration, { most: DAY, least: 1 }],
  [requestDuration, { most: MINUTE, least: 1 }],
  [wholeSeconds, { most: DAY, least: 1_000 }],
  [stopDuration, { most: HOUR, least: 1_000 }],
];

for (const [index, [form, limits]] of FORMS.entries()) {
  test(`every legal duration of form ${index + 1} is the same whole milliseconds, and legal in a run`, () => {
    let count = 0;
    // Up to a minute all of them. Up to a day all minutes and hours, and some of the rest: the same function reads them.
    for (const [text, milliseconds] of durations(limits, limits.most > MINUTE ? 9_973 : MINUTE)) {
      count += 1;
      assert.equal(form.written.safeParse(text).success, true, text);
      assert.equal(form.read(text, {}), milliseconds, text);
      assert.equal(form.value().safeParse(milliseconds).success, true, text);
    }
    assert.ok(count > 1_000, `${count}`);
    for (const beyond of [0, -1, limits.least + 0.5, limits.most + limits.least, 1e21, '1s', null])
      assert.equal(form.value().safeParse(beyond).success, false, `${beyond}`);
  });
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
  return { verb: 'install-unit', ...asked, process: processValues(settings, 'itself', host.bind) };
}

function rehearsalOf(settings: ServiceSettings): Request {
  const { rehearse } = settings;
  assert.ok(rehearse !== null);
  const job = rehearsal(
    { release: '1-abcdef0', host, settings: { ...settings, rehearse } },
    { rehearse: '', judge: '' },
  );
  return { verb: 'job', ...jobRequest(job, claim, 0) };
}

type Key = [
  /** How the key is written in landfall.yaml with this duration. */
  written: (text: string) => object,
  /** Its value in the settings. */
  read: (settings: ServiceSettings) => number | undefined,
  /** The request to a host that carries it; null: none, the worker uses it. */
  asked: ((settings: ServiceSettings) => Request) | null,
  form: Form<z.ZodString, number>,
];

const KEYS: Record<string, Key> = {
  'gunicorn.timeout': [
    (timeout) => ({ gunicorn: { timeout } }),
    ({ gunicorn }) => gunicorn.timeout ?? undefined,
    unitOf,
    wholeSeconds,
  ],
  'gunicorn.gracefulTimeout': [
    (gracefulTimeout) => ({ gunicorn: { gracefulTimeout } }),
    ({ gunicorn }) => gunicorn.gracefulTimeout ?? undefined,
    unitOf,
    stopDuration,
  ],
  'server.gracefulTimeout': [
    (gracefulTimeout) => ({ server: { name: 'uvicorn', gracefulTimeout } }),
    ({ server }) => server?.gracefulTimeout ?? undefined,
    // A deploy chooses the server first.
    null,
    stopDuration,
  ],
  'preImport.timeout': [
    (timeout) => ({ preImport: { timeout } }),
    ({ preImport }) => preImport?.timeout,
    ({ preImport }) => jobOf(preImport?.timeout),
    duration,
  ],
  'rehearse.timeout': [
    (timeout) => ({ rehearse: { timeout } }),
    ({ rehearse }) => rehearse?.timeout,
    rehearsalOf,
    duration,
  ],
  'build.timeout': [
    (timeout) => ({ build: { commands: ['true'], timeout } }),
    ({ build }) => build?.timeout,
    ({ build }) => jobOf(build?.timeout),
    duration,
  ],
  'migrate.timeout': [
    (timeout) => ({ migrate: { command: ['true'], timeout } }),
    ({ migrate }) => migrate?.timeout,
    ({ migrate }) => jobOf(migrate?.timeout),
    duration,
  ],
  installTimeout: [
    (installTimeout) => ({ installTimeout }),
    ({ installTimeout }) => installTimeout,
    ({ installTimeout }) => jobOf(installTimeout),
    duration,
  ],
  'readiness.timeout': [
    (timeout) => ({ readiness: { timeout } }),
    ({ readiness }) => readiness.timeout,
    unitOf,
    duration,
  ],
  'readiness.requestTimeout': [
    (requestTimeout) => ({ readiness: { requestTimeout } }),
    ({ readiness }) => readiness.requestTimeout,
    probeOf,
    requestDuration,
  ],
  'readiness.tolerance': [
    (tolerance) => ({ readiness: { tolerance } }),
    ({ readiness }) => readiness.tolerance,
    null,
    requestDuration,
  ],
  'soak.time': [(time) => ({ soak: { time } }), ({ soak }) => soak?.time, null, duration],
  'soak.interval': [
    (interval) => ({ soak: { time: '1h', interval } }),
    ({ soak }) => soak?.interval,
    null,
    requestDuration,
  ],
  'soak.commandTimeout': [
    (commandTimeout) => ({ soak: { time: '1h', commandTimeout } }),
    ({ soak }) => soak?.commandTimeout,
    ({ soak }) => jobOf(soak?.commandTimeout),
    duration,
  ],
  'rollback.keepTrying': [
    (keepTrying) => ({ rollback: { keepTrying } }),
    ({ rollback }) => rollback?.keepTrying,
    null,
    duration,
  ],
};

test('every key keeps it on the way to the host, and the host takes it', () => {
  const requests = new Map<string, string>();
  for (const [name, [written, read, asked, form]] of Object.entries(KEYS)) {
    const limits = new Map(FORMS).get(form);
    assert.ok(limits !== undefined);
    for (const [text, milliseconds] of durations(limits, 150)) {
      const parsed = commonSettings.written.parse(written(text));
      const settings = settingsForm.read(parsed, { service: 'shop' });
      assert.equal(read(settings), milliseconds, `${name}: ${text}`);
      const command = serverCommand(serverOf(settings), 'main:app', 'itself').join(' ');
      assert.doesNotMatch(command, /timeout \d*\.\d/, text);
      if (asked !== null) requests.set(JSON.stringify(asked(settings)), `${name}: ${text}`);
    }
  }
  assert.ok(requests.size > 2_000, `${requests.size} requests`);
  const names = [...requests.values()];
  const refused = refusals(requests.keys()).flatMap((refusal, at) =>
    refusal === null ? [] : `${names[at]}: ${refusal}`,
  );
  assert.deepEqual(refused, []);
});

test('the keys above are all of those that are durations', () => {
  const forms = new Map<unknown, unknown>(FORMS.map(([form]) => [form.written.def.checks, form]));
  const found = new Map<string, unknown>();
  walk(commonSettings.written.shape, '', (path, checks) => {
    if (forms.has(checks)) found.set(path, forms.get(checks));
  });
  const expected = Object.entries(KEYS).map(([name, [, , , form]]) => [name, form]);
  assert.deepEqual([...found.keys()].sort(), Object.keys(KEYS).sort());
  for (const [name, form] of expected) assert.equal(found.get(String(name)), form, String(name));
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

test('what is beyond the limits of a duration is refused', () => {
  const refused = (form: Form<z.ZodString, number>, texts: string[]) => {
    for (const text of texts) assert.equal(form.written.safeParse(text).success, false, text);
  };
  refused(duration, ['0ms', '0s', '86400001ms', '86401s', '1441m', '25h', '999999999h']);
  refused(duration, ['1.5s', '-1s', '1e3ms', '1 day', '1.5h', '']);
  refused(requestDuration, ['60001ms', '61s', '2m', '1h', '0s']);
  refused(wholeSeconds, ['1ms', '999ms', '1001ms', '1500ms', '86401s']);
  refused(stopDuration, ['1500ms', '61m', '2h']);
});
