import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { startEngine } from '../../harness/engine';

/** Generous: what is awaited takes milliseconds. */
const limitMilliseconds = 10_000;

async function connect(address: string) {
  const connection = await Connection.connect({ address });
  return { client: new Client({ connection }), close: () => connection.close() };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a killed engine continues its runs when it is started on the same file and port', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'));
  const dbFile = join(directory, 'temporal.db');
  const first = await startEngine({ dbFile });
  const before = await connect(first.address);
  await before.client.workflow.start('deploy', { workflowId: 'deploy/shop/production', taskQueue: 'q' });
  await before.close();
  await first.kill9();
  assert.equal(isRunning(first.pid), false);

  const second = await startEngine({ dbFile, port: Number(first.address.split(':')[1]) });
  assert.equal(second.address, first.address);
  const after = await connect(second.address);
  const run = await after.client.workflow.getHandle('deploy/shop/production').describe();
  assert.equal(run.status.name, 'RUNNING');
  await after.close();
  await second.stop();
  await second.stop();
  assert.equal(isRunning(second.pid), false);
  rmSync(directory, { recursive: true });
});

test('the web page is served when asked for', async () => {
  const engine = await startEngine({ ui: true });
  assert.equal((await fetch(engine.uiUrl ?? '')).status, 200);
  await engine.stop();
});

test('a taken port is an error, and not the engine of another user', async () => {
  const engine = await startEngine();
  const port = Number(engine.address.split(':')[1]);
  await assert.rejects(startEngine({ port }), { code: 'EADDRINUSE' });
  await engine.stop();
});

test('an engine that cannot start says why', async () => {
  await assert.rejects(
    startEngine({ dbFile: '/nowhere/temporal.db' }),
    /Temporal did not start: Error: it ended\. Its output ended with:\n.*\/nowhere/s,
  );
});

test('the engine ends with a process that is killed', async () => {
  const script = `
    require(${JSON.stringify(join(__dirname, '..', '..', 'harness', 'engine', 'index.js'))}).startEngine().then((engine) => {
      console.log(engine.pid);
      setInterval(() => {}, 1000);
    });`;
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isRunning(pid));
  owner.kill('SIGKILL');
  const deadline = Date.now() + limitMilliseconds;
  while (isRunning(pid) && Date.now() < deadline) await delay(20);
  assert.equal(isRunning(pid), false);
});
