import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { EngineUnreachable } from '../../src/temporal/connection';
import { type DevEngine, startDevEngine } from '../../src/temporal/dev-engine';
import { ensureTemporal } from '../engine/build-temporal';
import { freePort } from '../support/free-port';

describe('the embedded engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-dev-engine-'));
  const said: string[] = [];
  let executable: string;
  let engine: DevEngine;
  const start = (port: number, uiPort: number) =>
    startDevEngine({
      database: join(folder, 'state', 'temporal.db'),
      port,
      uiPort,
      executable,
      progress: (line) => said.push(line),
    });

  before(async () => {
    executable = await ensureTemporal((line) => console.error(line));
    engine = await start(await freePort(), await freePort());
  });
  after(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps what happened for 90 days', async () => {
    const connection = await Connection.connect({ address: engine.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 90 * 24 * 3600);
  });

  it('serves the UI where it says', async () => {
    const response = await fetch(engine.uiUrl);
    assert.equal(response.status, 200);
  });

  it('is used again by a second start, and not stopped by it', async () => {
    const second = await start(Number(engine.address.split(':')[1]), await freePort());
    assert.match(said.at(-1) ?? '', /using that one/);
    await second.stop();
    const connection = await Connection.connect({ address: engine.address });
    await connection.close();
  });

  it('says so when another program has its port', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await assert.rejects(start(port, await freePort()), (error) => {
      assert.ok(error instanceof EngineUnreachable);
      assert.match(error.message, new RegExp(`127.0.0.1:${port}, where another program has the port`));
      return true;
    });
    other.close();
  });
});
