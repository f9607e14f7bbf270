import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { NotPrivate } from '../../../src/controller/private-files';
import { type DevEngine, PortTaken, startDevEngine } from '../../../src/temporal/dev-engine';
import { readRecord } from '../../../src/temporal/engine-record';
import { freePort } from '../../../src/temporal/free-port';
import { ensureTemporal } from '../../harness/engine/build-temporal';

const folder = mkdtempSync(join(tmpdir(), 'landfall-dev-engine-'));
const database = join(folder, 'state', 'temporal.db');
const said: string[] = [];
let executable: string;
before(async () => {
  executable = await ensureTemporal((line) => console.error(line));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const start = (port: number, uiPort: number | null, file = database) =>
  startDevEngine({ database: file, port, uiPort, executable, progress: (line) => said.push(line) });
const portOf = (engine: DevEngine) => Number(engine.address.split(':')[1]);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const refused = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PortTaken, String(error));
  assert.match(error.message, words);
  assert.match(error.message, /landfall dev --(ui-)?port <port>/);
  return true;
};

describe('the embedded engine', () => {
  let engine: DevEngine;
  before(async () => {
    engine = await start(await freePort(), await freePort());
  });
  after(() => engine?.stop());

  it('keeps what happened for 90 days', async () => {
    const connection = await Connection.connect({ address: engine.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 90 * 24 * 3600);
  });

  it('serves the UI where it says', async () => {
    const response = await fetch(engine.uiUrl ?? assert.fail('it has no UI'));
    assert.equal(response.status, 200);
  });

  it('keeps its database where no other user reads it', () => {
    assert.equal(modeOf(join(folder, 'state')), '700');
    assert.equal(modeOf(database), '600');
    for (const part of ['-wal', '-shm', '.engine.json'].filter((one) => existsSync(`${database}${one}`)))
      assert.equal(modeOf(`${database}${part}`), '600', part);
    assert.ok(existsSync(`${database}.engine.json`));
  });

  it('is used again by a second start, and not stopped by it', async () => {
    const second = await start(portOf(engine), await freePort());
    assert.match(said.at(-1) ?? '', /using that one/);
    // The earlier start may be gone, and its door with it.
    assert.equal((await fetch(second.uiUrl ?? '')).status, 200);
    await second.stop();
    const connection = await Connection.connect({ address: engine.address });
    await connection.close();
  });

  it('is not used for another database', async () => {
    await assert.rejects(
      start(portOf(engine), null, join(folder, 'other', 'temporal.db')),
      refused(/is served by another engine, not by the one of .*other\/temporal\.db/),
    );
  });

  it('says so when another program has its port', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const known = await readRecord(database);
    await assert.rejects(start(port, null), refused(/is served by another program/));
    assert.deepEqual(await readRecord(database), known);
    other.close();
  });

  it('is not taken for one that another user started', { skip: process.getuid?.() !== 0 }, async (t) => {
    const port = await freePort();
    const listen = `import socket, sys
server = socket.create_server(("127.0.0.1", ${port}))
print("listens", flush=True)
sys.stdin.read()`;
    const other = spawn('/usr/bin/python3', ['-c', listen], { uid: 65534, gid: 65534, cwd: '/' });
    t.after(() => other.kill());
    await once(other.stdout, 'data');
    await assert.rejects(start(port, null), refused(/belongs to user 65534, .* own user \(0\)/));
  });

  it('says so when the port of its UI is taken, and leaves no engine behind', async () => {
    const port = await freePort();
    const uiPort = Number(new URL(engine.uiUrl ?? '').port);
    await assert.rejects(
      start(port, uiPort, join(folder, 'busy', 'temporal.db')),
      refused(new RegExp(`UI cannot listen on 127.0.0.1:${uiPort} .*EADDRINUSE.*\n.*--no-ui`)),
    );
    assert.equal(await freePort(port), port);
  });
});

describe('an embedded engine that is started again', () => {
  it('takes rights away that a database had been given, and needs no UI', async () => {
    const file = join(folder, 'old', 'temporal.db');
    await (await start(await freePort(), null, file)).stop();
    chmodSync(file, 0o644);
    const engine = await start(await freePort(), null, file);
    assert.equal(engine.uiUrl, null);
    assert.equal(modeOf(file), '600');
    assert.equal((await readRecord(file))?.ui, null);
    await engine.stop();
  });

  it('refuses the database of another user', { skip: process.getuid?.() !== 0 }, async () => {
    const file = join(folder, 'foreign.db');
    writeFileSync(file, '');
    chownSync(file, 65534, 65534);
    await assert.rejects(start(await freePort(), null, file), NotPrivate);
  });
});
