/** The example is what people copy: its promises are tried on a real host with a real database. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { startHost, type TestHost } from '../../harness/hosts';
import { until } from '../../harness/until';

const example = join(packageRoot(), 'examples/fastapi-app');
/** The app's own limit is 1 s; the rest is for a busy machine. */
const readyLimitMilliseconds = 2500;

let host: TestHost;

async function succeed(command: string, input?: string): Promise<string> {
  const ran = await host.root(command, { input });
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout;
}

async function get(path: string) {
  const started = Date.now();
  const response = await fetch(`http://${host.address}:8000${path}`, { signal: AbortSignal.timeout(20_000) });
  return { status: response.status, body: await response.json(), milliseconds: Date.now() - started };
}

async function startApp(databaseUrl: string): Promise<void> {
  await succeed('cat > /srv/shop/env', `DATABASE_URL=${databaseUrl}\n`);
  const settings = '-p User=deploy -p WorkingDirectory=/srv/shop -p EnvironmentFile=/srv/shop/env';
  const gunicorn = `/srv/shop/.venv/bin/gunicorn main:app -k uvicorn_worker.UvicornWorker -b ${host.address}:8000`;
  await succeed(
    `systemctl stop shop 2>/dev/null; systemd-run -q --collect --unit=shop ${settings} ${gunicorn}`,
  );
  await until(async () => (await get('/health').catch(() => null))?.status === 200);
}

before(async () => {
  host = await startHost();
  await succeed('mkdir /srv/shop && chown deploy: /srv/shop');
  for (const file of ['main.py', 'requirements.txt']) {
    await succeed(`cat > /srv/shop/${file}`, readFileSync(join(example, file), 'utf8'));
  }
  await succeed(
    'cd /srv/shop && setpriv --reuid deploy --regid deploy --init-groups env HOME=/home/deploy ' +
      "sh -c 'uv venv -q .venv && uv pip sync -q -p .venv requirements.txt'",
  );
});
after(() => host.stop());
beforeEach(() => startApp(host.databaseUrl));

test('every requirement is pinned, and the pinned ones are complete', async () => {
  const lines = readFileSync(join(example, 'requirements.txt'), 'utf8').split('\n');
  const requirements = lines.filter((line) => line !== '' && !line.trim().startsWith('#'));
  assert.ok(requirements.every((line) => /^[a-z0-9-]+==[0-9.]+$/.test(line)));
  await succeed('uv pip check -p /srv/shop/.venv');
});

test('it serves, says its version, and is ready', async () => {
  assert.deepEqual((await get('/')).body, { service: 'shop', version: '1.0.0' });
  assert.deepEqual((await get('/health')).body, { status: 'ok' });
  const { status, body } = await get('/health/ready');
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'ok', version: '1.0.0' });
});

test('without its setting it cannot be imported', async () => {
  const ran = await host.root("cd /srv/shop && .venv/bin/python -c 'from main import app'");
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /KeyError: 'DATABASE_URL'/);
});

test('while the database is down it starts, lives, and says that it is not ready', async () => {
  await succeed('systemctl stop postgresql@15-main');
  await startApp(host.databaseUrl);
  assert.equal((await get('/health')).status, 200);
  const { status, body } = await get('/health/ready');
  assert.equal(status, 503);
  assert.deepEqual(body, { status: 'unavailable', failed: { database: 'ConnectionRefusedError' } });

  await succeed('systemctl start postgresql@15-main');
  assert.equal((await get('/health/ready')).status, 200);
});

test('a database that restarts under the app causes no lasting fault', async () => {
  assert.equal((await get('/health/ready')).status, 200);
  await succeed('systemctl restart postgresql@15-main');
  await get('/health/ready'); // May find its connection gone.
  assert.equal((await get('/health/ready')).status, 200);
});

test('a frozen database does not hold it beyond the limit, with an open connection or a new one', async () => {
  assert.equal((await get('/health/ready')).status, 200);
  await succeed('pkill -STOP -u postgres');
  try {
    for (const _connection of ['open', 'new', 'new']) {
      const { status, body, milliseconds } = await get('/health/ready');
      assert.equal(status, 503);
      assert.deepEqual(body, { status: 'unavailable', failed: { database: 'TimeoutError' } });
      assert.ok(milliseconds < readyLimitMilliseconds, `answered after ${milliseconds} ms`);
    }
    // Stopping is not held up for long either.
    const started = Date.now();
    await succeed('systemctl stop shop');
    assert.ok(Date.now() - started < 10_000);
  } finally {
    await succeed('pkill -CONT -u postgres');
  }
  await startApp(host.databaseUrl);
  assert.equal((await get('/health/ready')).status, 200);
});

test('what failed never shows the password', async () => {
  await startApp(host.databaseUrl.replace(/:[^:@]*@/, ':s3cret@'));
  const { status, body } = await get('/health/ready');
  assert.equal(status, 503);
  assert.deepEqual(body, { status: 'unavailable', failed: { database: 'InvalidPasswordError' } });
  const journal = await succeed('journalctl -u shop --no-pager');
  assert.doesNotMatch(journal, /s3cret/);
});
