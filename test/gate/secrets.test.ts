import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redacted } from '../host/landfall-host/redacted';
import { Machine } from './instances';
import { nameOf, way } from './stacks';

// No digits: a part of it must not be found in a process id or a time.
const TOKEN = 'qzJXkvWQgjZxKqVwJzGkXvQjWzKxgVqJkZwX';

describe('of a secret in the middle of which the gate cuts a text, no half leaves the host', {
  concurrency: 4,
  timeout: 180_000,
}, () => {
  const tells: [string, ReturnType<typeof way>][] = [
    ['tells', way('uvicorn_worker.UvicornWorker', '27.0')],
    ['tells', way('sync', '27.0')],
    ['lifespan-tells', way('asgi', '25.0')],
  ];
  for (const [app, each] of tells) {
    test(`${app}: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, {
        trial: true,
        app,
        env: { TOKEN },
        // Long enough that it is asked before, however busy this machine is.
        timeoutMilliseconds: 3_000,
      });
      assert.equal((await instance.ended()).code, 3);
      const refused = instance.results().map((result) => String(result.refused));
      const said = [...refused, ...instance.log().filter((line) => line.includes('landfall gate'))];
      assert.ok(refused.length > 0 && said.length > refused.length, instance.log().join('\n'));
      assert.ok(
        said.some((line) => line.includes('[landfall: cut]')),
        said.join('\n'),
      );
      const told = redacted(`TOKEN=${TOKEN}\n`, said.join('\n'));
      const parts = Array.from({ length: TOKEN.length - 3 }, (_, at) => TOKEN.slice(at, at + 4));
      assert.deepEqual(
        parts.filter((part) => told.includes(part)),
        [],
        told,
      );
    });
  }
});
