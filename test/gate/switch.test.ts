import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Machine } from './instances';
import { followsUnderLoad, Load } from './load';
import { nameOf, type Way, way } from './stacks';

const SWITCHED: Way[] = [
  way('uvicorn.workers.UvicornWorker', '20.1'),
  way('gthread', '20.1'),
  way('uvicorn_worker.UvicornWorker', '23.0'),
  way('asgi', '25.0'),
  way('gthread', '25.0'),
  way('uvicorn_worker.UvicornWorker', '27.0'),
  way('asgi', '27.0'),
  way('sync', '27.0'),
];

describe('under load', { concurrency: 2, timeout: 180_000 }, () => {
  for (const each of SWITCHED) {
    test(`no request fails when one instance follows another under load: ${nameOf(each)}`, async (t) => {
      await followsUnderLoad(t, each);
    });
  }

  test('a bad release is refused under load, and no request fails', async (t) => {
    const machine = await Machine.start(t);
    const each = way('uvicorn_worker.UvicornWorker', '27.0');
    const good = await machine.launch('r0', each, { trial: true });
    await good.ready();
    const load = new Load(machine.port);
    await load.reaches('r0');
    const bad = await machine.launch('r1', each, { trial: true, app: 'unready', timeoutMilliseconds: 2_000 });
    assert.equal((await bad.ended()).code, 3);
    const outcome = await load.stop();
    assert.deepEqual(outcome.failed, []);
    assert.deepEqual(Object.keys(outcome.versions), ['r0']);
  });

  test('workers that are replaced after some requests lose none', async (t) => {
    const machine = await Machine.start(t);
    const each = way('uvicorn_worker.UvicornWorker', '27.0');
    const instance = await machine.launch('r0', each, { trial: true, args: ['--max-requests', '100'] });
    await instance.ready();
    const load = new Load(machine.port);
    await instance.logs(/Booting worker/, 5);
    const outcome = await load.stop();
    assert.deepEqual(outcome.failed, []);
  });
});
