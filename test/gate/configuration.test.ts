import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../src/temporal/free-port';
import { get } from './client';
import { gateTests, Machine } from './instances';
import { type Way, way } from './stacks';

const UVICORN = way('uvicorn_worker.UvicornWorker', '27.0');
const OLD_UVICORN = way('uvicorn.workers.UvicornWorker', '20.1');
const SYNC = way('sync', '27.0');

const HOOKS = `
import os
bind = 'ignored with a socket from systemd'
worker_class = 'no.such.Class'
raw_env = ['FROM_CONFIG=1']
workers = 7
def on_starting(server):
    print('hook on_starting', os.path.basename(__file__), __name__, flush=True)
def when_ready(server):
    print('hook when_ready', flush=True)
def pre_fork(server, worker):
    print('hook pre_fork', flush=True)
def post_fork(server, worker):
    print('hook post_fork', os.environ.get('FROM_CONFIG'), flush=True)
def post_worker_init(worker):
    print('hook post_worker_init', flush=True)
def worker_exit(server, worker):
    print('hook worker_exit', flush=True)
def child_exit(server, worker):
    print('hook child_exit', flush=True)
def on_exit(server):
    print('hook on_exit', flush=True)
`;

describe('the configuration of the project', { concurrency: 4, timeout: 180_000 }, () => {
  for (const configFile of [undefined, 'deploy.conf.py']) {
    for (const each of [OLD_UVICORN, SYNC]) {
      const name = `${configFile ?? 'its default file'}, Gunicorn ${each.stack}`;
      test(`counts, and its hooks run: ${name}`, async (t) => {
        const machine = await Machine.start(t);
        const args = ['--workers', '1'];
        const instance = await machine.launch('r1', each, { trial: true, config: HOOKS, configFile, args });
        await instance.ready();
        await instance.stop();
        const expected = ['on_starting', 'when_ready', 'pre_fork', 'post_fork', 'post_worker_init'];
        const said = instance.said(/hook \w+/).map((line) => line.slice('hook '.length));
        assert.deepEqual(said.sort(), [...expected, 'worker_exit', 'child_exit', 'on_exit'].sort());
        assert.deepEqual(instance.said(/hook on_starting .*/), [
          `hook on_starting ${configFile ?? 'gunicorn.conf.py'} __config__`,
        ]);
      });
    }
  }

  test('ends the start when it cannot be read, and says which file it is', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, { trial: true, config: 'import no_such_module' });
    assert.equal((await instance.ended()).code, 1);
    assert.deepEqual(instance.said(/Failed to read config file: .*\/gunicorn\.conf\.py$/).length, 1);
    assert.equal(instance.said(/No module named 'no_such_module'/).length, 1);
  });

  test('may be missing, but not when it is named', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, { trial: true, configFile: 'no.conf.py' });
    assert.equal((await instance.ended()).code, 1);
    assert.match(instance.log().join('\n'), /'no.conf.py' doesn't exist/);
  });

  test('may define a worker class that is one of those the gate knows', async (t) => {
    const machine = await Machine.start(t);
    const config = `
from uvicorn_worker import UvicornWorker
class Own(UvicornWorker):
    CONFIG_KWARGS = {'loop': 'asyncio', 'http': 'h11', 'root_path': '/shop', 'server_header': False}
    def init_process(self):
        print('own init_process', flush=True)
        super().init_process()
`;
    const instance = await machine.launch('r1', UVICORN, {
      trial: true,
      config,
      workerClass: '__config__.Own',
    });
    const { text } = await instance.ready();
    assert.match(text, /"ready":2,"unproven":0/);
    await instance.logs(/own init_process/, 2);
  });
});

describe('the worker class', { concurrency: 4, timeout: 180_000 }, () => {
  test('is left alone when the gate does not know it, and Gunicorn says READY itself', async (t) => {
    const machine = await Machine.start(t);
    const config = `
from gunicorn.workers.base import Worker
import time
class Unknown(Worker):
    def run(self):
        while self.alive:
            self.notify()
            time.sleep(0.05)
`;
    const instance = await machine.launch('r1', SYNC, {
      trial: true,
      config,
      workerClass: '__config__.Unknown',
    });
    const { text } = await instance.ready();
    assert.equal(text, 'READY=1\nSTATUS=Gunicorn arbiter booted');
    const none = 'worker class __config__.Unknown is not one it knows';
    const status = `STATUS=landfall-gate ${JSON.stringify({ none })}`;
    await instance.logs(/Booting worker/, 2);
    assert.equal(await instance.status(/landfall/), status);
    assert.equal(instance.statuses().at(-1), status);
    assert.ok(instance.log().some((line) => line.endsWith(`landfall gate: none, ${none}`)));
    assert.equal((await instance.stop()).code, 0);
  });

  test('has no gate when it serves in a way of its own, or lacks what the gate relies on', async (t) => {
    const machine = await Machine.start(t);
    const own = `
from uvicorn_worker import UvicornWorker
class Own(UvicornWorker):
    def run(self):
        super().run()
`;
    const first = await machine.launch('r1', UVICORN, {
      trial: true,
      config: own,
      workerClass: '__config__.Own',
    });
    await first.ready();
    await first.logs(/landfall gate: none, worker class __config__\.Own has a run\(\) of its own/);
    const future = `
from gunicorn.workers.sync import SyncWorker
SyncWorker.handle_it = SyncWorker.handle_request
SyncWorker.handle = lambda self, listener, client, addr: client.close()
del SyncWorker.handle_request
`;
    const second = await machine.launch('r2', SYNC, { trial: true, config: future });
    await second.ready();
    await second.status(/landfall-gate \{"none":"worker class .*SyncWorker has no handle_request/);
  });

  test('serves unproven when it cannot be asked', async (t) => {
    const machine = await Machine.start(t);
    const config = `
import gunicorn.http
del gunicorn.http.RequestParser
`;
    const instance = await machine.launch('r1', SYNC, { trial: true, config, args: ['--workers', '1'] });
    const { text } = await instance.ready();
    assert.match(text, /\{"ready":1,"unproven":1,"ms":\d+\}/);
  });

  test('becomes a threaded one with --threads, and is gated as such', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, {
      trial: true,
      args: ['--workers', '1', '--threads', '3'],
    });
    await instance.ready();
    await instance.logs(/Using worker: gthread/);
    // Asked in the pool, not in the main thread.
    await instance.logs(/^asked 1 GET shop.example 127.0.0.1 False$/);
  });
});

describe('where landfall.yaml is silent', { concurrency: 4, timeout: 180_000 }, () => {
  /** The note of the gate's result, behind the counts. */
  const note = (text: string) => /"note":"([^"]*)"\}$/.exec(text)?.[1];
  const threads = `def when_ready(server):\n    print('threads', server.cfg.threads, flush=True)\n`;
  const silent = { trial: true, silent: true, workerClass: null };

  test("the project's file decides, apart from the settings by which systemd would lose the service", async (t) => {
    const machine = await Machine.start(t);
    const config = `
workers, threads, timeout, graceful_timeout, keepalive = 3, 2, 120, 300, 7
daemon, reload, pidfile, user, group = True, True, 'shop.pid', 'nobody', 'nogroup'
bind, chdir = '127.0.0.1:1', '/tmp'
def when_ready(server):
    print('keepalive', server.cfg.keepalive, 'stop', server.cfg.graceful_timeout, flush=True)
`;
    const instance = await machine.launch('r1', SYNC, { ...silent, standardClass: 'sync', config });
    const { text } = await instance.ready();
    const settings = ['workers 3', 'threads 2', 'timeout 120 s'].map((each) => `${each} (gunicorn.conf.py)`);
    const lost = 'bind, chdir, daemon, graceful_timeout, group, pidfile, reload, user';
    assert.equal(note(text), `${settings.join(', ')}; overruled from gunicorn.conf.py: ${lost}`);
    await instance.logs(/^keepalive 7 stop 10$/);
    await instance.stop();
  });

  test('GUNICORN_CMD_ARGS wins over the file, and WEB_CONCURRENCY counts: an old Gunicorn', async (t) => {
    const machine = await Machine.start(t);
    const env = { WEB_CONCURRENCY: '1', GUNICORN_CMD_ARGS: '--daemon --timeout 77 --worker-class gthread' };
    const config = `timeout = 50\n${threads}`;
    const options = { ...silent, standardClass: 'sync', config, env };
    const instance = await machine.launch('r1', way('sync', '20.1'), options);
    const { text } = await instance.ready();
    const args = 'GUNICORN_CMD_ARGS';
    assert.equal(
      note(text),
      `workers 1 (WEB_CONCURRENCY), worker class gthread (${args}), timeout 77 s (${args}); overruled from ${args}: daemon`,
    );
    await instance.logs(/^threads 4$/);
    await instance.stop();
  });

  test('Landfall has defaults, and landfall.yaml wins over all', async (t) => {
    const machine = await Machine.start(t);
    const config = `workers, preload_app = 7, True\nworker_class = 'no.such.Class'\n${threads}`;
    const args = ['--workers', '1', '--timeout', '9'];
    const instance = await machine.launch('r1', SYNC, { trial: true, silent: true, config, args });
    assert.equal(note((await instance.ready()).text), undefined);
    await instance.logs(/^threads 1$/);
    const second = await machine.launch('r2', SYNC, { ...silent, standardClass: 'gthread', config: threads });
    assert.match((await second.ready()).text, /"ready":2,"unproven":0,"ms":\d+\}$/);
    await second.logs(/^threads 4$/);
  });
});

describe('an instance that systemd hands no socket', { concurrency: 4, timeout: 180_000 }, () => {
  const alone = { ALONE: '1' };
  const ways: [string, Way, Record<string, string>][] = [
    ['started by hand', UVICORN, alone],
    ['started by hand, of an old Gunicorn', OLD_UVICORN, alone],
    ['handed none', SYNC, { ...alone, LISTEN_FDS: '0' }],
    ['started by what has them itself', SYNC, { ...alone, LISTEN_FDS: '1', LISTEN_PID: '1' }],
    ['without a gate', SYNC, { ...alone, LANDFALL_GATE: '' }],
  ];
  for (const [name, each, env] of ways) {
    test(`refuses to start, listens nowhere and says what to do: ${name}`, async (t) => {
      const machine = await Machine.start(t);
      // The project's own address, which must stay free; its hook must not have run either.
      const port = await freePort();
      const config = `bind = '127.0.0.1:${port}'\ndef on_starting(server):\n    print('hook', flush=True)\n`;
      const instance = await machine.launch('r1', each, { config, env });
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [1, []], instance.log().join('\n'));
      const why = /no socket was handed over, .*start the service \(`systemctl start`\)/;
      assert.match(instance.log().at(-1) ?? '', why);
      assert.equal(
        instance.said(/Traceback|Listening at|Booting worker|hook/).length,
        0,
        instance.log().join('\n'),
      );
      assert.match(instance.statuses().join('\n'), why);
      assert.match(instance.statuses().join('\n'), /^STATUS=landfall-gate \{"refused":/);
    });
  }

  test('has a configuration that can be checked all the same', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, {
      args: ['--check-config'],
      env: { ...alone, PYTHONPATH: join(gateTests, 'app') },
    });
    assert.equal((await instance.ended()).code, 0, instance.log().join('\n'));
  });
});

describe('an instance', { concurrency: 4, timeout: 180_000 }, () => {
  for (const each of [OLD_UVICORN, UVICORN, SYNC, way('asgi', '27.0')]) {
    test(`is gated with --preload as well: ${each.workerClass} of Gunicorn ${each.stack}`, async (t) => {
      const machine = await Machine.start(t);
      const args = ['--workers', '2', '--preload'];
      const good = await machine.launch('r1', each, { trial: true, args });
      await good.ready();
      assert.equal((await get(machine.port, '/')).status, 200);
      const bad = await machine.launch('r2', each, {
        trial: true,
        args,
        app: 'unready',
        timeoutMilliseconds: 1_000,
      });
      assert.equal((await bad.ended()).code, 3);
    });
  }

  test('tells an abstract notification socket, and hides it from the app', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', UVICORN, {
      trial: true,
      env: { ABSTRACT_NOTIFY_SOCKET: '1' },
    });
    await instance.ready();
    assert.equal((await get(machine.port, '/notify')).body, 'none');
  });

  test('leaves the notification socket to the app when the unit has a watchdog', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', UVICORN, { trial: true, env: { WATCHDOG_USEC: '30000000' } });
    await instance.ready();
    assert.notEqual((await get(machine.port, '/notify')).body, 'none');
  });

  test('reloads on HUP, and its new workers have the gate too', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', UVICORN, { trial: true, args: ['--workers', '1'] });
    await instance.ready();
    instance.signal(1);
    await instance.logs(/lifespan shutdown/);
    const answer = await get(machine.port, '/');
    assert.equal(answer.status, 200);
    const { code, left } = await instance.stop();
    assert.deepEqual([code, left], [0, []]);
  });

  test('works without LANDFALL_GATE, ungated, and says so', async (t) => {
    const machine = await Machine.start(t);
    const instance = await machine.launch('r1', SYNC, { env: { LANDFALL_GATE: '' } });
    await instance.ready();
    assert.equal((await get(machine.port, '/')).status, 200);
    await instance.status(/landfall-gate \{"none":"LANDFALL_GATE cannot be read/);
  });
});
