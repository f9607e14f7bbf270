import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Claim, JobRequest, JobState } from '../../../src/contract/contract-types';
import { packageRoot } from '../../../src/package-root';
import { until } from '../../harness/until';
import { judgeSource, rehearseSource, ServiceHost } from './service-host';

/** Behaves as Gunicorn does towards its caller, in the way that its first argument names. */
const program = `#!/usr/bin/python3
import os, socketserver, subprocess, sys, time
from http.server import BaseHTTPRequestHandler
way, bind = sys.argv[1], sys.argv[sys.argv.index('--bind') + 1]
BEGAN = time.monotonic()
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
class Answer(BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Answer.asked += 1
        bad = way in ('unready', 'slow', 'tells', 'lost') or (way == 'late' and Answer.asked != 2 and Answer.asked < 4)
        bad = bad or way.startswith('bad') or (way == 'flaps' and Answer.asked % 2) or (way == 'behind' and time.monotonic() - BEGAN < 6.5)
        if way == 'lazy':
            time.sleep(1.5)
        if way in ('hang', 'slow'):
            time.sleep(60 if way == 'hang' else 2)
        self.send_response(404 if way == 'lost' else 503 if bad else 204 if way == 'empty' else 200)
        self.end_headers()
        if way == 'empty':
            return
        if way == 'tells':
            return self.wfile.write(('x' * 490 + os.environ['TOKEN']).encode())
        self.wfile.write(('database is down' if bad else self.path + self.headers['Host']).encode())
    def address_string(self):
        return 'test'
print('[1] Booting worker with pid: 1', file=sys.stderr, flush=True)
if way == 'exit':
    sys.exit('ImportError: no module named shop')
if way == 'loop':
    while True:
        print('[1] Booting worker with pid: 2', file=sys.stderr, flush=True)
        time.sleep(0.02)
if way == 'orphan':
    subprocess.Popen(['sleep', '301'])
print('pid', os.getpid(), flush=True)
Server(bind[len('unix:'):], Answer).serve_forever()
`;

let shop: ServiceHost;
let claim: Claim;
let release: string;
before(async () => {
  shop = await ServiceHost.start();
  claim = (await shop.claimed('run-1'))(0);
  release = await shop.staged(claim, 'tree', { gunicorn: program });
  await shop.root(`chmod 750 /srv/shop/releases/${release}/gunicorn`);
});
after(() => shop.stop());

function rehearse(way: string, more: object = {}): Promise<JobState> {
  const argv = ['./gunicorn', way, '--bind', 'unix:{socket}', '--workers', '1'];
  return rehearseCommand(release, way, argv, more);
}

async function rehearseCommand(of: string, way: string, argv: string[], more: object): Promise<JobState> {
  const limits = {
    timeoutMilliseconds: 20_000,
    requestTimeoutMilliseconds: 1_000,
    graceMilliseconds: 5_000,
    workers: 1,
    successes: 3,
  };
  const spec = {
    argv,
    path: '/health/ready',
    headers: { Host: 'shop.example' },
    judge: judgeSource,
    ...limits,
    ...more,
  };
  const job = { claim, step: `rehearse-${way}`, round: 1, as: 'service' as const, release: of, env: {} };
  const run = ['/usr/bin/python3', '-I', '-c', rehearseSource, JSON.stringify(spec)];
  return ended({ ...job, argv: run });
}

async function ended(
  job: Omit<JobRequest, 'timeoutMilliseconds' | 'memoryMaxBytes' | 'waitMilliseconds'>,
): Promise<JobState> {
  const request = { ...job, timeoutMilliseconds: 60_000, memoryMaxBytes: null, waitMilliseconds: 8_000 };
  let state = await shop.call('job', request);
  await until(async () => {
    if (state.state === 'running') state = await shop.call('job', request);
    return state.state !== 'running';
  });
  return state;
}
/** A rehearsal that waited its time out would be ended with its job, and could not say why. */
const LONGER_THAN_ITS_JOB = { timeoutMilliseconds: 600_000 };

const lastLine = (job: JobState) => job.output.trimEnd().split('\n').at(-1) ?? '';

test('every 2xx is ready, as it is after the restart', async () => {
  const job = await rehearse('empty');
  assert.deepEqual([job.state, job.exitStatus], ['ended', 0], job.output);
});

test('a release that answers 200 several times in a row is ready, and is stopped again', async () => {
  const job = await rehearse('ready');
  assert.deepEqual([job.state, job.exitStatus], ['ended', 0], job.output);
  assert.match(job.output, /Booting worker/);
  assert.match(lastLine(job), /^rehearsal: ready after/);
  assert.equal(await shop.root(`pgrep -u shop -c . || true`), '0');
  // systemd removes its directory once the result is written.
  await shop.root("timeout 10 sh -c 'while ls -d /run/landfall-job-*; do sleep 0.05; done'");
});

test('a bad answer starts the count again', async () => {
  // None is to be asked twice: a busy machine may take a second for an answer.
  const job = await rehearse('late', { requestTimeoutMilliseconds: 10_000 });
  assert.equal(job.exitStatus, 0, job.output);
  assert.equal(job.output.match(/GET \/health\/ready/g)?.length, 6);
});

test('a release that never becomes ready says what it answered', async () => {
  const job = await rehearse('unready', { timeoutMilliseconds: 4_000 });
  assert.equal(job.exitStatus, 1);
  assert.equal(
    lastLine(job),
    'rehearsal: not ready within 4 s (rehearse.timeout); /health/ready answered 503: database is down',
  );
});

test('a release that is only late is told how long it took', async () => {
  const behind = await rehearse('behind', { timeoutMilliseconds: 6_000 });
  assert.match(
    lastLine(behind),
    /^rehearsal: not ready within 6 s \(rehearse\.timeout\), but after [6-9]\.\d s$/,
  );
  const lazy = await rehearse('lazy', { timeoutMilliseconds: 6_000 });
  assert.match(
    lastLine(lazy),
    /^rehearsal: not ready within 6 s \(rehearse\.timeout\), but an answer took 1\.\d s, more than 1 s \(readiness\.requestTimeout\)$/,
  );
  assert.equal(lazy.exitStatus, 1);
});

test('a command of the project, or a connection alone, is the question where that is asked', async () => {
  const says = ['sh', '-c', 'echo "$LANDFALL_BIND is not mine"; exit 3'];
  const bad = await rehearse('says', { check: says, timeoutMilliseconds: 3_000 });
  assert.match(
    lastLine(bad),
    /^rehearsal: not ready within 3 s \(rehearse\.timeout\); readiness\.check: the command ended with status 3: unix:\/\S+ is not mine$/,
  );
  const good = await rehearse('bad-command', {
    check: ['sh', '-c', 'test -S $(echo $LANDFALL_BIND | cut -d: -f2)'],
  });
  assert.equal(good.exitStatus, 0, good.output);
  const connected = await rehearse('bad-tcp', { check: 'tcp' });
  assert.equal(connected.exitStatus, 0, connected.output);
});

test('answers that turn bad again and again end the rehearsal', async () => {
  const job = await rehearse('flaps');
  assert.equal(job.exitStatus, 1);
  assert.match(
    lastLine(job),
    /^rehearsal: flapping: \d+ of \d+ answers were bad, the last bad one: \/health\/ready answered 503: database/,
  );
});

test('a release whose answers no wait repairs ends the rehearsal at once, with the cause', async () => {
  const job = await rehearse('lost', LONGER_THAN_ITS_JOB);
  assert.equal(job.exitStatus, 1);
  assert.equal(
    lastLine(job),
    'rehearsal: /health/ready answered 404: the app has no route GET /health/ready; it said: database is down',
  );
});

test('a request that the end of the time cuts short does not take the place of the answer before it', async () => {
  const job = await rehearse('slow', { timeoutMilliseconds: 7_000, requestTimeoutMilliseconds: 20_000 });
  assert.equal(
    lastLine(job),
    'rehearsal: not ready within 7 s (rehearse.timeout); /health/ready answered 503: database is down',
  );
});

test('of a secret that a long answer was cut in, no half is told', async () => {
  await shop.root('echo TOKEN=abcdefghijklmnopqrstuvwxyz0123456789 > /etc/shop.env');
  const job = await rehearse('tells', { timeoutMilliseconds: 4_000 });
  await shop.root('cp /dev/null /etc/shop.env');
  assert.match(lastLine(job), /\/health\/ready answered 503: x{490}\[landfall: cut\]$/);
});

test('a release whose answers hang is not ready in time', async () => {
  const job = await rehearse('hang', { timeoutMilliseconds: 4_000 });
  assert.equal(job.exitStatus, 1);
  assert.match(lastLine(job), /the last request failed: no answer within/);
});

test('a release that exits ends the rehearsal at once', async () => {
  const job = await rehearse('exit', LONGER_THAN_ITS_JOB);
  assert.equal(job.exitStatus, 3);
  assert.match(job.output, /ImportError: no module named shop/);
  assert.match(lastLine(job), /Gunicorn exited with status 1/);
});

test('workers that are booted again and again end the rehearsal at once', async () => {
  const job = await rehearse('loop', LONGER_THAN_ITS_JOB);
  assert.equal(job.exitStatus, 4);
  assert.match(lastLine(job), /workers were booted \d+ times/);
});

test('nothing that the release started survives the rehearsal', async () => {
  const job = await rehearse('orphan');
  assert.equal(job.exitStatus, 0);
  assert.equal(await shop.root('pgrep -c -x -f "sleep 301" || true'), '0');
});

test('the example app under a real Gunicorn is rehearsed, with its control socket out of the way of others', async () => {
  await shop.root(`echo DATABASE_URL=${shop.host.databaseUrl} > /etc/shop.env`);
  const file = (name: string) => readFileSync(join(packageRoot(), 'examples/fastapi-app', name), 'utf8');
  const requirements = file('requirements.txt');
  const app = await shop.staged(claim, 'app', {
    'main.py': file('main.py'),
    'requirements.txt': requirements,
  });
  const install = 'uv venv -q .venv && uv pip sync -q -p .venv requirements.txt';
  await shop.root(
    `cd /srv/shop/releases/${app} && HOME=/home/deploy runuser -u deploy -- sh -c '${install}'`,
  );

  const gunicorn = [`/srv/shop/releases/${app}/.venv/bin/python`, '-m', 'gunicorn'];
  const settings = ['--bind', 'unix:{socket}', '--workers', '1'];
  const argv = [...gunicorn, ...settings, '--worker-class', 'uvicorn_worker.UvicornWorker', 'main:app'];
  const ready = await rehearseCommand(app, 'app', argv, {});
  assert.deepEqual([ready.state, ready.exitStatus], ['ended', 0], ready.output);
  assert.match(ready.output, /Control socket listening at \/run\/landfall-job-shop-1-rehearse-app-1\//);
});
