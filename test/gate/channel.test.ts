import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Machine } from './instances';
import { nameOf, way } from './stacks';

/** Everything that a project can do to its logging, at once. The app disables all loggers at its import, too. */
const SILENT = `
from gunicorn.glogging import Logger
class Silent(Logger):
    def error(self, *args, **kwargs):
        pass
    warning = info = debug = exception = critical = log = error
logger_class = Silent
loglevel = 'critical'
errorlog = 'errors.log'
capture_output = True
logconfig_dict = {'version': 1, 'disable_existing_loggers': True, 'root': {'level': 'CRITICAL', 'handlers': []}}
`;

const UVICORN = way('uvicorn_worker.UvicornWorker', '27.0');
const OLD_UVICORN = way('uvicorn.workers.UvicornWorker', '20.1');
const SYNC = way('sync', '27.0');
const unready = '/health/ready answered 503: {"database": "connection refused"}';

describe('a project that silences its log cannot hide why it is refused', {
  concurrency: 4,
  timeout: 180_000,
}, () => {
  const cases: [string, ReturnType<typeof way>[], RegExp][] = [
    [
      'unready',
      [UVICORN, way('asgi', '25.0'), SYNC, way('gthread', '20.1')],
      /not ready within 4 s \(readiness\.timeout\): .*answered 503: /,
    ],
    ['lifespan-error', [UVICORN, OLD_UVICORN, way('asgi', '27.0')], /\(lifespan\) failed: no database$/],
    ['import-error', [UVICORN, SYNC], /No module named 'no_such_module' while importing the application$/],
    ['killed-at-import', [OLD_UVICORN], /worker \d+ ended while importing the application$/],
  ];
  for (const [app, ways, reason] of cases) {
    for (const each of ways) {
      test(`${app}: ${nameOf(each)}`, async (t) => {
        const machine = await Machine.start(t);
        const instance = await machine.launch('r1', each, {
          trial: true,
          app: `${app} mute`,
          config: SILENT,
          timeoutMilliseconds: 4_000,
        });
        assert.equal((await instance.ended()).code, 3);
        const [said, ...others] = instance.said(/(?<=landfall gate: )not ready.*/);
        assert.match(said ?? '', reason, instance.log().join('\n'));
        assert.deepEqual(others, [], 'said once');
        assert.deepEqual(instance.results(), [{ refused: said }]);
        if (app === 'unready') {
          assert.ok(
            instance.log().some((line) => line.endsWith(`landfall gate: ${unready}`)),
            instance.log().join('\n'),
          );
        }
        if (app === 'import-error') {
          assert.ok(
            instance.said(/^ModuleNotFoundError: No module named/).length > 0,
            'the traceback is there',
          );
        }
      });
    }
  }
});
