import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Client, Connection, NamespaceNotFoundError } from '@temporalio/client';
import { latestRun } from '../../../src/cli/run/run-info';
import { STATUS_MEMO } from '../../../src/deployment/status';
import { connectEngine, engineName } from '../../../src/temporal/connection';
import { freePort } from '../../../src/temporal/free-port';
import { startEngine } from '../../harness/engine';

const folder = mkdtempSync(join(tmpdir(), 'landfall-engine-name-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The engine's name, and what was asked for it. */
async function deployName(address: string, namespace = 'default') {
  const asked: string[] = [];
  const connection = await Connection.connect({ address });
  const { workflowService } = connection;
  const client = new Client({ connection, namespace });
  Object.defineProperty(client, 'workflowService', {
    value: new Proxy(workflowService, {
      get: (service, method) => {
        asked.push(String(method));
        return Reflect.get(service, method);
      },
    }),
  });
  try {
    return { name: await engineName(client), asked };
  } finally {
    await connection.close();
  }
}

test('an engine keeps its name with its database, and another one has another name', async (t) => {
  const dbFile = join(folder, 'temporal.db');
  const port = await freePort();
  const engine = await startEngine({ dbFile, port });
  const first = await deployName(engine.address);
  assert.match(first.name, /^[0-9a-f-]{36}\/default$/);
  await engine.kill9();
  const again = await startEngine({ dbFile, port });
  t.after(() => again.stop());
  assert.equal((await deployName(again.address)).name, first.name);
  const other = await startEngine();
  t.after(() => other.stop());
  assert.notEqual((await deployName(other.address)).name, first.name);
});

test('the name needs no right on the cluster, only one on the namespace', async (t) => {
  const engine = await startEngine();
  t.after(() => engine.stop());
  assert.deepEqual((await deployName(engine.address)).asked, ['describeNamespace']);
  await assert.rejects(deployName(engine.address, 'nowhere'), NamespaceNotFoundError);
});

test('a run whose words cannot be read is found all the same', async (t) => {
  const engine = await startEngine();
  t.after(() => engine.stop());
  process.env.TEMPORAL_ADDRESS = engine.address;
  const client = await connectEngine();
  t.after(() => client.connection.close());
  const unreadable = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') };
  await client.workflowService.startWorkflowExecution({
    namespace: 'default',
    requestId: 'a test',
    workflowId: 'deploy/shop/production',
    workflowType: { name: 'deploy' },
    taskQueue: { name: 'nobody' },
    memo: { fields: { [STATUS_MEMO]: unreadable } },
  });
  const run = await latestRun(client, 'deploy/shop/production');
  assert.deepEqual([run?.open, run?.status], [true, null]);
});
