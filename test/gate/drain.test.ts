import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root';
import { Client } from './client';
import { type Instance, Machine } from './instances';
import { nameOf, WAYS, way } from './stacks';

/** SIGTERM to the master; then a worker has begun to go. */
async function told(instance: Instance): Promise<void> {
  instance.signal(15);
  await instance.logs(/landfall gate: draining/);
}

/** The loop is held up between taking a connection and coming to it, and was told to stop in that moment. */
const HELD_UP = `
import asyncio, socket, time
from landfall_gate.asgi_drain import Drain, attached_also_late

events = []

class Answers(asyncio.Protocol):
    app = None
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        events.append('answered')
        self.transport.close()

class Listener(socket.socket):
    def accept(self):
        taken = super().accept()
        server.close()
        drain.begin()
        time.sleep(0.2)
        return taken

async def main():
    global server, drain
    drained = asyncio.Event()
    drain = Drain(10, lambda: (events.append('drained'), drained.set()))
    listener = Listener()
    listener.bind(('127.0.0.1', 0))
    port = listener.getsockname()[1]
    loop = asyncio.get_running_loop()
    server = attached_also_late(await loop.create_server(drain.adopting(Answers), sock=listener, backlog=1))
    client = socket.create_connection(('127.0.0.1', port))
    client.sendall(b'GET / HTTP/1.1')
    await drained.wait()

asyncio.run(main())
print(*events)
`;

test('a connection that the loop has not come to yet is one to be answered', async () => {
  const env = { ...process.env, PYTHONPATH: join(packageRoot(), 'host'), PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)('python3', ['-c', HELD_UP], { env, timeout: 60_000 });
  assert.equal(stdout.trim(), 'answered drained');
});

describe('a worker that is told to stop', { concurrency: 6, timeout: 120_000 }, () => {
  for (const each of WAYS) {
    const keepsAlive = each.workerClass !== 'sync';
    test(`finishes what it has accepted, and closes what is idle: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, { trial: true, args: ['--workers', '1'] });
      await instance.ready();
      assert.equal(instance.listening().length, 2);
      const slow = await Client.open(machine.port);
      slow.send('/slow?1.5');
      await instance.logs(/^slow/);
      if (!keepsAlive) {
        // The one worker is busy with it: nothing else can be accepted.
        instance.signal(15);
        await instance.logs(/Handling signal: term/);
        assert.equal((await slow.answer()).status, 200);
      } else {
        const kept = await Client.open(machine.port);
        const idle = await Client.open(machine.port);
        assert.equal((await kept.ask('/')).headers.connection?.toLowerCase() ?? 'keep-alive', 'keep-alive');
        assert.equal((await idle.ask('/')).status, 200);
        const unread = await Client.open(machine.port);
        await (await Client.open(machine.port)).ask('/'); // then `unread` was accepted, too
        await told(instance);
        const [first, second] = [await kept.ask('/'), await unread.ask('/')];
        assert.deepEqual([first.status, first.headers.connection?.toLowerCase()], [200, 'close']);
        assert.deepEqual([second.status, second.headers.connection?.toLowerCase()], [200, 'close']);
        assert.deepEqual(instance.listening(), []);
        assert.equal((await slow.answer()).status, 200);
        await idle.closed();
      }
      const { code, left } = await instance.ended();
      assert.deepEqual([code, left], [0, []]);
      assert.equal(instance.said(/Traceback/).length, 0, instance.log().join('\n'));
      if (each.app === 'asgi_app:app') assert.equal(instance.said(/lifespan shutdown/).length, 1);
    });

    test(`is not held up by idle connections: ${nameOf(each)}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', each, {
        trial: true,
        args: ['--workers', '1', '--keep-alive', '300', '--graceful-timeout', '120'],
      });
      await instance.ready();
      const silent = await Client.open(machine.port);
      if (keepsAlive) {
        const idle = await Client.open(machine.port);
        assert.equal((await idle.ask('/')).status, 200);
      }
      const { code, left, seconds } = await instance.stop();
      assert.deepEqual([code, left], [0, []]);
      // 2 s for idle connections, up to 5 s for a silent one with a newer gthread, and the loops' own pace. A
      // stuck request would end at the drain's own limit, after 119 s.
      assert.ok(seconds < 60, `${seconds} s`);
      t.diagnostic(`${seconds.toFixed(1)} s`);
      // With `sync` nothing tells whether it was accepted at all, or still waits for another release.
      if (keepsAlive) await silent.closed();
    });
  }

  for (const stack of ['25.0', '27.0'] as const) {
    test(`tells WebSockets that the service restarts: asgi of Gunicorn ${stack}`, async (t) => {
      const machine = await Machine.start(t);
      const instance = await machine.launch('r1', way('asgi', stack), {
        trial: true,
        args: ['--workers', '1', '--graceful-timeout', '120'],
      });
      await instance.ready();
      const socket = await Client.open(machine.port);
      await socket.upgrade('/ws');
      const { code, seconds } = await instance.stop();
      await socket.closed();
      assert.equal(code, 0);
      // The drain's own limit would be 119 s.
      assert.ok(seconds < 60, `${seconds} s`);
      // A close frame of two bytes, the number 1012.
      assert.equal(socket.pending, Buffer.from([0x88, 2, 0x03, 0xf4]).toString('utf8'));
    });
  }

  test('lets the master go of the listener at once, and leaves it open for others', async (t) => {
    const machine = await Machine.start(t);
    const uvicorn = way('uvicorn_worker.UvicornWorker', '27.0');
    const old = await machine.launch('r1', uvicorn, { trial: true, args: ['--workers', '1'] });
    await old.ready();
    const slow = await Client.open(machine.port);
    slow.send('/slow?2');
    await old.logs(/^slow/);
    await told(old);
    // No process accepts now; the next instance of the service gets the waiting connections.
    const waiting = await Client.open(machine.port);
    waiting.send('/');
    const next = await machine.launch('r2', uvicorn, { trial: true });
    await next.ready();
    assert.equal((await waiting.answer()).body.split(' ')[0], 'r2');
    assert.equal((await slow.answer()).body.split(' ')[0], 'r1');
  });
});
