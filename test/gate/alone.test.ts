/** Hypercorn and Granian without Gunicorn. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Client } from './client';
import { type InstanceOptions, Machine } from './instances';
import { followsUnderLoad } from './load';
import { alone, nameOf, type Way } from './stacks';

const HYPERCORN = alone('hypercorn', 'hypercorn 0.18');
const GRANIAN = alone('granian', 'granian 2.8');
const GRANIAN_WSGI = alone('granian', 'granian 2.8', 'wsgi_app:app');
const TWO = ['--workers', '2'];

describe('a server alone', { concurrency: 2, timeout: 180_000 }, () => {
  for (const each of [HYPERCORN, GRANIAN, GRANIAN_WSGI]) {
    test(`serves no request before it is ready, and finishes what it has: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      writeFileSync(join(machine.state, 'unready'), '');
      const instance = await machine.launch('r1', each, { trial: true, args: TWO });
      const early = await Client.open(machine.port);
      early.send('/', { Connection: 'close' });
      await instance.logs(/landfall gate: \/health\/ready answered 503: /, 2);
      assert.deepEqual([early.pending, instance.statuses()], ['', []]);
      rmSync(join(machine.state, 'unready'));
      const { text } = await instance.ready();
      const status = 'READY=1\nSTATUS=landfall-gate {"ready":2,"unproven":0,"ms":';
      assert.equal(text.slice(0, status.length), status);
      assert.equal((await early.answer()).body.split(' ')[0], 'r1');
      await instance.logs(/^asked .*shop\.example/, 2);
      const slow = await Client.open(machine.port);
      slow.send('/slow?3');
      await instance.logs(/^slow/);
      instance.signal(15);
      assert.equal((await slow.answer()).headers.connection?.toLowerCase(), 'close');
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [0, []], instance.log().join('\n'));
      const ended = each === GRANIAN_WSGI ? 0 : 2;
      assert.equal(instance.said(/lifespan shutdown/).length, ended, instance.log().join('\n'));
      assert.equal(instance.said(/Traceback/).length, 0, instance.log().join('\n'));
    });
  }

  const ends: [string, Way[], RegExp][] = [
    [
      'unready',
      [HYPERCORN, GRANIAN, GRANIAN_WSGI],
      /^not ready within 4 s \(readiness\.timeout\): \/health\/ready answered 503: /,
    ],
    [
      'import-error',
      [HYPERCORN, GRANIAN],
      /^not ready: ModuleNotFoundError: No module named 'no_such_module' while importing the app/,
    ],
    [
      'killed-at-import',
      [HYPERCORN, GRANIAN],
      /^not ready: worker \d+ ended while importing the application$/,
    ],
    [
      'lifespan-error',
      [HYPERCORN, GRANIAN],
      /^not ready: the start-up of the application \(lifespan\) failed: no database$/,
    ],
    [
      'lifespan-hang',
      [HYPERCORN, GRANIAN],
      /^not ready within 4 s \(readiness\.timeout\): the application has not finished its start-up \(lifespan\)$/,
    ],
    [
      'raise',
      [GRANIAN_WSGI],
      /^not ready within 4 s \(readiness\.timeout\): \/health\/ready answered 500: .*no database/,
    ],
    [
      'hang',
      [GRANIAN, GRANIAN_WSGI],
      /^not ready within 4 s \(readiness\.timeout\): \/health\/ready did not answer within \d/,
    ],
  ];
  for (const [app, ways, reason] of ends) {
    test(`${app} ends a trial with its reason`, async (t) => {
      for (const each of ways) {
        const machine = await Machine.start(t);
        const options = { trial: true, app: `${app} mute`, args: TWO, timeoutMilliseconds: 4_000 };
        const instance = await machine.launch('r1', each, options);
        const { code, left } = await instance.ended();
        assert.deepEqual([code, left], [3, []], instance.log().join('\n'));
        assert.match(String(instance.results()[0]?.refused), reason, nameOf(each));
        assert.equal(machine.notifications('r1').join('\n').includes('READY=1'), false);
      }
    });
  }

  for (const [each, limit] of [
    [HYPERCORN, '--graceful-timeout'],
    [GRANIAN, '--workers-kill-timeout'],
  ] as const) {
    test(`tells WebSockets that the service restarts: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, { trial: true, args: [limit, '120'] });
      await instance.ready();
      const socket = await Client.open(machine.port);
      await socket.upgrade('/ws');
      const { code, seconds } = await instance.stop();
      await socket.closed();
      assert.equal(code, 0, instance.log().join('\n'));
      // The limit would be 120 s.
      assert.ok(seconds < 60, `${seconds} s`);
      // A close frame of two bytes, the number 1012.
      assert.equal(socket.pending, Buffer.from([0x88, 2, 0x03, 0xf4]).toString('utf8'));
    });
  }

  test('a trial that is told to stop ends at once', async (t) => {
    for (const each of [HYPERCORN, GRANIAN, GRANIAN_WSGI]) {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, { trial: true, app: 'unready', args: TWO });
      await instance.logs(/landfall gate: \/health\/ready answered 503: /, 2);
      const { code, left } = await instance.stop();
      assert.deepEqual([code, left], [0, []], instance.log().join('\n'));
    }
  });

  test("the project's own settings are in force, and Landfall overrules an address", async (t) => {
    const config = 'workers = 3\npid_path = "/nonexistent/pid"\nbind = "127.0.0.1:1"\n';
    const told: { way: Way; options: InstanceOptions; note: string }[] = [
      {
        way: HYPERCORN,
        options: { config, configFile: 'hypercorn.toml', args: ['--config', 'hypercorn.toml'] },
        note: '3 workers (the configuration of Hypercorn); overruled from the configuration of Hypercorn: pid_path',
      },
      {
        way: GRANIAN,
        options: { env: { GRANIAN_WORKERS: '3', GRANIAN_PORT: '1' } },
        note: '3 workers (GRANIAN_WORKERS); overruled: GRANIAN_PORT',
      },
      {
        way: alone('uvicorn', '27.0'),
        options: { env: { WEB_CONCURRENCY: '3', UVICORN_FACTORY: 'true' }, args: ['--lifespan', 'off'] },
        note: '3 workers (WEB_CONCURRENCY); overruled: UVICORN_FACTORY',
      },
    ];
    for (const { way, options, note } of told) {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', way, { trial: true, ...options });
      await instance.ready();
      const [result] = instance.results();
      assert.deepEqual([result?.ready, result?.note], [3, note], nameOf(way));
      if (way.server === 'uvicorn') assert.equal(instance.said(/lifespan startup/).length, 0);
      else await instance.logs(/lifespan startup/, 3);
    }
  });

  test('a worker class that has no gate is refused by name', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', HYPERCORN, {
      trial: true,
      args: ['--worker-class', 'trio'],
    });
    assert.equal((await instance.ended()).code, 3);
    assert.match(String(instance.results()[0]?.refused), /worker class trio has no gate: take asyncio/);
  });

  const switched = [
    alone('hypercorn', 'hypercorn 0.14'),
    HYPERCORN,
    alone('granian', 'granian 2.5'),
    GRANIAN,
    GRANIAN_WSGI,
  ];
  for (const each of switched) {
    test(`no request fails when one instance follows another under load: ${nameOf(each)}`, async (t) => {
      await followsUnderLoad(t, each, { args: TWO });
    });
  }
});
