/** uvicorn without Gunicorn. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Client, get } from './client';
import { Machine } from './instances';
import { followsUnderLoad } from './load';
import { alone, nameOf } from './stacks';

const NEW = alone('uvicorn', '27.0');
const WAYS = [alone('uvicorn', '20.1'), alone('uvicorn', '23.0'), NEW];
const ONE = ['--workers', '1'];
const TWO = ['--workers', '2'];

describe('uvicorn alone', { concurrency: 2, timeout: 180_000 }, () => {
  for (const each of WAYS) {
    for (const args of [ONE, TWO]) {
      const workers = args === ONE ? 1 : 2;
      test(`serves no request before it is ready: ${nameOf(each)}, ${workers} workers`, async (t) => {
        const machine = await Machine.start(t);
        writeFileSync(join(machine.state, 'unready'), '');
        const instance = await machine.launch('r1', each, { trial: true, args });
        const early = await Client.open(machine.port);
        early.send('/', { Connection: 'close' });
        await instance.logs(/landfall gate: \/health\/ready answered 503: /, workers);
        assert.deepEqual([early.pending, instance.statuses()], ['', []]);
        rmSync(join(machine.state, 'unready'));
        const { text } = await instance.ready();
        const status = `READY=1\nSTATUS=landfall-gate {"ready":${workers},"unproven":0,"ms":`;
        assert.equal(text.slice(0, status.length), status);
        assert.equal((await early.answer()).body.split(' ')[0], 'r1');
        const kept = await Client.open(machine.port);
        assert.equal((await kept.ask('/')).status, 200);
        const slow = await Client.open(machine.port);
        slow.send('/slow?1.5');
        await instance.logs(/^slow/);
        instance.signal(15);
        await instance.logs(/landfall gate: draining/, workers);
        // With two workers the first may have closed it, before the second was told.
        if (workers === 1) assert.equal((await kept.ask('/')).headers.connection?.toLowerCase(), 'close');
        assert.equal((await slow.answer()).status, 200);
        const { code, left } = await instance.ended();
        assert.deepEqual([code, left], [0, []], instance.log().join('\n'));
        assert.equal(instance.said(/lifespan shutdown/).length, workers);
        assert.equal(instance.said(/Traceback/).length, 0, instance.log().join('\n'));
      });
    }
  }

  const ends: [string, RegExp][] = [
    ['unready', /^not ready within 4 s \(readiness\.timeout\): \/health\/ready answered 503: /],
    [
      'import-error',
      /^not ready: ModuleNotFoundError: No module named 'no_such_module' while importing the app/,
    ],
    ['exit-at-import', /^not ready: exit status 0 while importing the application$/],
    ['killed-at-import', /^not ready: worker \d+ ended while importing the application$/],
    [
      'hang-at-import',
      /^not ready within 4 s \(readiness\.timeout\): worker \d+ was still importing the application$/,
    ],
    ['lifespan-error', /^not ready: the start-up of the application \(lifespan\) failed: no database$/],
    [
      'lifespan-hang',
      /^not ready within 4 s \(readiness\.timeout\): the application has not finished its start-up \(lifespan\)$/,
    ],
  ];
  for (const [app, reason] of ends) {
    for (const args of [ONE, TWO]) {
      test(`${app} ends a trial with its reason, ${args === ONE ? 1 : 2} workers`, async (t) => {
        const machine = await Machine.start(t);
        const options = { trial: true, app: `${app} mute`, args, timeoutMilliseconds: 4_000 };
        const instance = await machine.launch('r1', NEW, options);
        const { code, left } = await instance.ended();
        assert.deepEqual([code, left], [3, []], instance.log().join('\n'));
        const [status = ''] = instance.statuses();
        assert.match(JSON.parse(status.replace('STATUS=landfall-gate ', '')).refused, reason);
        assert.equal(machine.notifications('r1').join('\n').includes('READY=1'), false);
      });
    }
  }

  test('a release that is not on trial opens after the limit although it is not ready', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', NEW, { app: 'unready', timeoutMilliseconds: 2_000 });
    await instance.ready();
    assert.equal((await get(machine.port, '/')).status, 200);
  });

  test('a start by hand refuses to listen', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', NEW, { env: { ALONE: '1' } });
    assert.equal((await instance.ended()).code, 1);
    assert.match(instance.statuses().join('\n'), /no socket was handed over/);
  });

  for (const each of WAYS) {
    test(`no request fails when one instance follows another under load: ${nameOf(each)}`, async (t) => {
      await followsUnderLoad(t, each, { args: TWO });
    });
  }
});
