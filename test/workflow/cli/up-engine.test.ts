import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { engineForRun } from '../../../src/cli/up/run-engine';
import { packageRoot } from '../../../src/package-root';
import { addressOfEngine } from '../../../src/temporal/dev-engine';
import { freePort } from '../../../src/temporal/free-port';
import { ensureTemporal } from '../../harness/engine/build-temporal';
import { Running } from '../../harness/running';

test('up uses the engine of landfall dev that serves its database, on whatever port, and leaves it running', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'landfall-up-engine-'));
  const { PATH } = process.env;
  const env = {
    PATH,
    HOME: state,
    LANDFALL_STATE: state,
    LANDFALL_TEMPORAL: await ensureTemporal(() => undefined),
  };
  const client = join(packageRoot(), 'build', 'src', 'client.js');
  const port = await freePort();
  const dev = new Running(process.execPath, [client, 'dev', '--port', String(port), '--no-ui'], env);
  t.after(async () => {
    dev.kill('SIGTERM');
    await dev.ended;
    rmSync(state, { recursive: true, force: true });
  });
  await dev.says(/Worker: ready/);
  for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'LANDFALL_CONTROLLER'])
    delete process.env[name];
  process.env.LANDFALL_STATE = state;
  const engine = await engineForRun(null);
  assert.deepEqual([engine.kind, engine.words], ['running', `landfall dev, which runs at 127.0.0.1:${port}`]);
  await engine.stop();
  const database = join(state, 'temporal.db');
  assert.equal(await addressOfEngine(database), `127.0.0.1:${port}`);

  dev.kill('SIGTERM');
  await dev.ended;
  assert.equal(await addressOfEngine(database), null);
});
