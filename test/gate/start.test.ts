import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Client, get } from './client';
import { Machine } from './instances';
import { nameOf, WAYS, type Way, way } from './stacks';

/** These tests wait more than they compute. */
const together = { concurrency: 4, timeout: 180_000 };

const UVICORN = way('uvicorn_worker.UvicornWorker', '27.0');
const OLD_UVICORN = way('uvicorn.workers.UvicornWorker', '20.1');
const SYNC = way('sync', '27.0');
const TWO = ['--workers', '2'];

/** Long enough that it is asked before, however busy this machine is. */
const TRIAL = 7;
const REFUSED = '/health/ready answered 503: {"database": "connection refused"}';
describe('a release whose readiness comes late', together, () => {
  for (const each of WAYS) {
    test(`serves no request before, and then says READY once: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      writeFileSync(join(machine.state, 'unready'), '');
      const instance = await machine.launch('r1', each, { trial: true, args: TWO });
      const early = await Client.open(machine.port);
      early.send('/', { Connection: 'close' });
      await instance.logs(
        /landfall gate: \/health\/ready answered 503: \{"database": "connection refused"\}/,
        2,
      );
      assert.equal(early.pending, '');
      assert.deepEqual(instance.statuses(), []);
      rmSync(join(machine.state, 'unready'));
      const { text } = await instance.ready();
      assert.match(text, /^READY=1\nSTATUS=landfall-gate \{"ready":2,"unproven":0,"ms":\d+\}$/);
      const answer = await early.answer();
      assert.deepEqual([answer.status, answer.body.split(' ')[0]], [200, 'r1']);
      const { code, left } = await instance.stop();
      assert.deepEqual([code, left], [0, []]);
      assert.equal(instance.said(/Traceback/).length, 0, instance.log().join('\n'));
    });
  }
});

describe('a release on trial that is never ready', together, () => {
  for (const each of [
    UVICORN,
    OLD_UVICORN,
    way('asgi', '25.0'),
    SYNC,
    way('gthread', '20.1'),
    way('gthread', '27.0'),
  ]) {
    test(`is gone soon after the limit, and says what it answered: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const waiting = await Client.open(machine.port);
      waiting.send('/');
      const limits = { timeoutMilliseconds: TRIAL * 1_000, requestTimeoutMilliseconds: 500 };
      const instance = await machine.launch('r1', each, {
        trial: true,
        app: 'unready',
        args: TWO,
        ...limits,
      });
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [3, []]);
      const why = `not ready within ${TRIAL} s (readiness.timeout): ${REFUSED}`;
      assert.ok(instance.log().at(-1)?.endsWith(`Reason: landfall gate: ${why}`), instance.log().join('\n'));
      assert.deepEqual(instance.results(), [{ refused: why }]);
      assert.equal(waiting.pending, '');
    });
  }

  for (const each of [UVICORN, SYNC]) {
    test(`does not wait for the limit when waiting repairs nothing: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      // Longer than this test may take.
      const limits = { timeoutMilliseconds: 600_000, requestTimeoutMilliseconds: 30_000 };
      const instance = await machine.launch('r1', each, { trial: true, app: 'lost', args: TWO, ...limits });
      assert.equal((await instance.ended()).code, 3);
      const refused =
        '/health/ready answered 404: the app has no route GET /health/ready; it said: Not Found';
      assert.deepEqual(instance.results(), [{ refused }]);
    });
  }

  for (const each of [UVICORN, SYNC]) {
    test(`that is only late is told how long it took: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const [behind, lazy, flaps] = await Promise.all([
        machine.launch('r1', each, {
          trial: true,
          app: 'behind',
          args: TWO,
          timeoutMilliseconds: 10_000,
        }),
        machine.launch('r2', each, {
          trial: true,
          app: 'lazy',
          args: TWO,
          timeoutMilliseconds: TRIAL * 1_000,
          requestTimeoutMilliseconds: 500,
        }),
        machine.launch('r3', each, { trial: true, app: 'flaps', args: TWO, successes: 3 }),
      ]);
      const late = /^not ready within (10|7) s \(readiness\.timeout\), but /;
      const reasons = [];
      for (const instance of [behind, lazy, flaps]) {
        assert.equal((await instance.ended()).code, 3);
        const [result] = instance.results();
        reasons.push(String((result as { refused?: string } | undefined)?.refused));
      }
      const [afterwards = '', slowly = '', again = ''] = reasons;
      assert.match(afterwards, late);
      assert.match(afterwards, /after 1[0-4]\.\d s$/);
      assert.match(slowly, late);
      assert.match(slowly, /an answer took [12]\.\d s, more than 0\.5 s \(readiness\.requestTimeout\)$/);
      assert.equal(
        again,
        'not ready: flapping: 4 of 7 answers were bad, the last bad one: /health/ready answered 503: odd',
      );
    });
  }

  for (const each of [UVICORN, OLD_UVICORN, way('asgi', '25.0'), SYNC, way('gthread', '20.1')]) {
    test(`is gone although its answers hang: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const limits = { timeoutMilliseconds: TRIAL * 1_000, requestTimeoutMilliseconds: 400 };
      const instance = await machine.launch('r1', each, { trial: true, app: 'hang', args: TWO, ...limits });
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [3, []]);
      assert.match(
        instance.log().at(-1) ?? '',
        /not ready within 7 s \(readiness\.timeout\): \/health\/ready did not answer within 0\.\d+ s \(readiness\.requestTimeout\)$/,
      );
    });
  }

  for (const each of [UVICORN, SYNC, way('gthread', '27.0')]) {
    test(`is gone with its last answer when the end cuts a question short: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const limits = { timeoutMilliseconds: TRIAL * 1_000, requestTimeoutMilliseconds: 20_000 };
      const app = 'unready hang-again';
      const instance = await machine.launch('r1', each, { trial: true, app, args: TWO, ...limits });
      assert.equal((await instance.ended()).code, 3);
      const why = `Reason: landfall gate: not ready within ${TRIAL} s (readiness.timeout): ${REFUSED}`;
      assert.ok(instance.log().at(-1)?.endsWith(why), instance.log().join('\n'));
    });
  }
});

describe('a release on trial that cannot start ends at once', together, () => {
  const ends: [string, Way[], RegExp][] = [
    [
      'import-error',
      [UVICORN, OLD_UVICORN],
      /ModuleNotFoundError: No module named 'no_such_module' while importing/,
    ],
    ['exit-at-import', [UVICORN, OLD_UVICORN, SYNC], /exit status 0 while importing the application$/],
    ['die-at-import', [UVICORN, OLD_UVICORN], /worker \d+ ended while importing the application$/],
    ['killed-at-import', [UVICORN, OLD_UVICORN], /worker \d+ ended while importing the application$/],
    [
      'lifespan-error',
      [UVICORN, OLD_UVICORN, way('asgi', '25.0'), way('asgi', '27.0')],
      /the start-up of the application \(lifespan\) failed(: no database)?$/,
    ],
  ];
  for (const [app, ways, reason] of ends) {
    for (const each of ways) {
      test(`${app}: ${nameOf(each)}`, async (t) => {
        const machine = await Machine.start(t);
        const instance = await machine.launch('r1', each, { trial: true, app, args: TWO });
        const { code, left } = await instance.ended();
        assert.deepEqual([code, left], [3, []], instance.log().join('\n'));
        assert.match(instance.log().at(-1) ?? '', reason);
        assert.ok(instance.said(/Booting worker/).length <= 2, 'workers were booted again');
        assert.equal(machine.notifications('r1').join('\n').includes('READY=1'), false);
      });
    }
  }

  const hangs: [string, RegExp][] = [
    [
      'hang-at-import',
      /not ready within 2 s \(readiness\.timeout\): worker \d+ was still importing the application$/,
    ],
    [
      'lifespan-hang',
      /not ready within 2 s \(readiness\.timeout\): the application has not finished its start-up \(lifespan\)$/,
    ],
  ];
  for (const [app, reason] of hangs) {
    test(`${app}, after the limit`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', UVICORN, { trial: true, app, timeoutMilliseconds: 2_000 });
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [3, []]);
      assert.match(instance.log().at(-1) ?? '', reason);
    });
  }

  test('also when a worker ends while the next one is forked', async (t) => {
    const machine = await Machine.start(t);
    const config = `
import os
first = []
def pre_fork(server, worker):
    first[:] = server.WORKERS
def end_first():
    for pid in first:
        os.kill(pid, 9)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
os.register_at_fork(before=end_first)
`;
    const options = { trial: true, app: 'hang-at-import', config, args: TWO };
    const instance = await machine.launch('r1', OLD_UVICORN, options);
    const { code, left } = await instance.ended();
    assert.deepEqual([code, left], [3, []], instance.log().join('\n'));
    assert.match(instance.log().at(-1) ?? '', /worker \d+ ended while (booting|importing the application)$/);
  });

  test('a start that is stopped meanwhile ends at once, and well', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', UVICORN, { trial: true, app: 'unready' });
    await instance.logs(/answered 503/, 2);
    const { code, left } = await instance.stop();
    assert.deepEqual([code, left], [0, []], instance.log().join('\n'));
    assert.equal(instance.said(/lifespan shutdown/).length, 2);
  });
});

describe('an app that is imported from elsewhere', together, () => {
  const alone: Way = { ...UVICORN, workerClass: 'uvicorn alone', server: 'uvicorn' };
  for (const [each, args] of [
    [SYNC, TWO],
    [UVICORN, [...TWO, '--preload']],
    [alone, []],
  ] as const) {
    test(`refuses a release: ${nameOf(each)} ${args.join(' ')}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, { trial: true, release: true, args: [...args] });
      assert.equal((await instance.ended()).code, 3);
      const [module] = each.app.split(':');
      const [{ refused } = {}] = instance.results();
      const said = new RegExp(
        `^not ready: ${module} was imported from /.*/${module}\\.py, which is not part of the release$`,
      );
      assert.match(String(refused), said);
    });
  }
});

describe('the phase of a worker', together, () => {
  const alone: Way = { ...UVICORN, workerClass: 'uvicorn alone', server: 'uvicorn' };
  const env = { LANDFALL_PHASE: 'serve' };
  for (const [each, args] of [
    [SYNC, ['--workers', '1']],
    [OLD_UVICORN, ['--workers', '1', '--preload']],
    [way('asgi', '27.0'), ['--workers', '1']],
    [alone, []],
  ] as const) {
    test(`is trial at the import, and serve once it serves: ${nameOf(each)} ${args.join(' ')}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, { trial: true, env, args: [...args] });
      await instance.ready();
      assert.equal((await get(machine.port, '/phase')).body, "('trial', '1') serve None");
    });
  }

  test('is serve at once in a worker that replaces one', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, { trial: true, env, args: ['--workers', '1'] });
    await instance.ready();
    process.kill(Number((await get(machine.port, '/')).body.split(' ')[1]), 'SIGKILL');
    await instance.logs(/Booting worker/, 2);
    assert.equal((await get(machine.port, '/phase')).body, "('serve', None) serve None");
  });
});

describe('a release that is not on trial', together, () => {
  for (const each of [UVICORN, OLD_UVICORN, way('asgi', '27.0'), SYNC, way('gthread', '25.0')]) {
    test(`opens after the limit although it is not ready: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, {
        app: 'unready',
        timeoutMilliseconds: 2_000,
        args: TWO,
      });
      await instance.ready();
      assert.equal((await get(machine.port, '/')).status, 200);
      await instance.logs(
        /not ready within 2 s \(readiness\.timeout\), opens anyway: \/health\/ready answered 503/,
        2,
      );
    });
  }

  for (const each of [UVICORN, way('asgi', '27.0'), SYNC]) {
    test(`replaces a worker at once while its database is down: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      // Proven on trial: from then on it is live, whatever its environment says.
      const args = ['--workers', '1', '--max-requests', '1'];
      const instance = await machine.launch('r1', each, { trial: true, args });
      await instance.ready();
      writeFileSync(join(machine.state, 'unready'), '');
      const first = (await get(machine.port, '/')).body;
      await instance.logs(/Booting worker/, 2);
      const second = (await get(machine.port, '/')).body;
      assert.notEqual(first, second);
      assert.equal(instance.said(/answered 503/).length, 0);
    });
  }

  test('keeps its master when a worker that is replaced cannot start', async (t) => {
    const machine = await Machine.start(t);
    const args = ['--workers', '1', '--max-requests', '1'];
    const instance = await machine.launch('r1', UVICORN, { trial: true, args });
    await instance.ready();
    writeFileSync(join(machine.state, 'broken'), '');
    await get(machine.port, '/');
    await instance.logs(/Application startup failed/, 2);
    rmSync(join(machine.state, 'broken'));
    assert.equal((await get(machine.port, '/')).status, 200);
  });
});
