import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { JobHost } from './job-request';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());
beforeEach(() => host.shop.root('rm -f /tmp/go /tmp/reached'));

/**
 * Puts something before the `systemctl start` of the next job, once: it may kill the helper that called it,
 * `$PPID`, at exactly this place.
 */
async function atNextStart(script: string): Promise<void> {
  const file = '/usr/local/sbin/systemctl';
  const others = `[ "$1" = start ] || exec ${REALLY}`;
  const lines = ['#!/bin/sh', others, 'rm "$0"', script].join('\n');
  await host.shop.root(`cat > ${file} <<'END'\n${lines}\nEND\nchmod 755 ${file}`);
}
const REALLY = '/usr/bin/systemctl "$@"';
const NO_UNITS = '[ -z "$(systemctl list-units --all --plain --no-legend landfall-job-\\*)" ]';

test('callers at the same time start it once, and all get its result', async () => {
  const jobs = await Promise.all([1, 2, 3, 4].map(() => host.job('together', 'sleep 0.2; echo once')));
  for (const job of jobs) assert.deepEqual([job.result, job.output], ['success', 'once\n']);
  assert.equal(await host.starts('together'), 1);
});

test('a helper killed before the start: the next request starts it', async () => {
  await atNextStart('kill -9 $PPID');
  await host.unanswered(host.request('before', 'echo ran'));
  assert.equal(await host.starts('before'), 0);
  const asked = { fence: host.claim.fence, step: 'before', round: 1, waitMilliseconds: 8_000 };
  assert.equal((await host.shop.call('job-wait', asked)).state, 'absent');
  assert.equal((await host.job('before', 'echo ran')).output, 'ran\n');
  assert.equal(await host.starts('before'), 1);
});

test('a helper killed while systemd is asked: the next request waits for that and finds the job', async () => {
  await atNextStart(
    `kill -9 $PPID; touch /tmp/reached; until [ -e /tmp/go ]; do sleep 0.01; done; exec ${REALLY}`,
  );
  await host.unanswered(host.request('during', 'echo ran'));
  await host.until('[ -e /tmp/reached ]');
  const next = host.job('during', 'echo ran');
  await host.shop.root('! flock -n /var/lib/landfall/shop/lock true && touch /tmp/go');
  const job = await next;
  assert.deepEqual([job.result, job.output], ['success', 'ran\n']);
  assert.equal(await host.starts('during'), 1);
});

test('a helper killed right after the start: the next request finds the job', async () => {
  await atNextStart(`${REALLY}; kill -9 $PPID`);
  await host.unanswered(host.request('behind', 'sleep 0.3; echo ran'));
  assert.equal((await host.job('behind', 'echo never')).output, 'ran\n');
  assert.equal(await host.starts('behind'), 1);
});

test('a job that began and left no result is lost, never absent', async () => {
  await atNextStart(`${REALLY}; kill -9 $PPID`);
  await host.unanswered(host.request('unknown', 'echo ran'));
  await host.until(`[ -e ${host.directory('unknown')}/result.json ]`);
  await host.shop.root(`rm ${host.directory('unknown')}/result.json`);
  await host.until(NO_UNITS);
  assert.equal((await host.job('unknown', 'echo again')).state, 'lost');
  assert.equal(await host.starts('unknown'), 1);
});

test('a start that cannot be counted is none', async () => {
  const starts = `${host.directory('uncounted')}/starts`;
  await atNextStart(`mkdir ${starts}; exec ${REALLY}`);
  const job = await host.job('uncounted', 'touch /tmp/it-ran');
  assert.deepEqual([job.state, job.result], ['ended', 'resources']);
  await host.shop.root('[ ! -e /tmp/it-ran ]');
});

test('a job that is stopped before it was started does not start later', async () => {
  assert.deepEqual(await host.stop('late'), { stopped: false });
  const job = await host.job('late', 'echo ran');
  assert.deepEqual([job.state, job.result, job.exitStatus, job.output], ['ended', 'signal', 15, '']);
  assert.equal(await host.starts('late'), 0);
});

test('whoever waits for a job learns at once that another stopped it, with all that it started', async () => {
  const script = '(sleep 300 & sleep 300) & sleep 300';
  await host.job('stopped', script, { waitMilliseconds: 0 });
  await host.until('[ "$(pgrep -c -x sleep)" = 3 ]');
  // One request: it would answer that the job runs, had it only noticed the end of its own time.
  const waiting = host.job('stopped', script, { waitMilliseconds: 8_000 });
  assert.deepEqual(await host.stop('stopped'), { stopped: true });
  const job = await waiting;
  assert.deepEqual(
    [job.state, job.result, job.exitStatus],
    ['ended', 'signal', 15],
    'nothing had to be killed',
  );
  assert.equal(await host.shop.root('pgrep -c -x sleep || true'), '0');
});

test('a reboot between marker and start leaves it unknown, which is the careful answer', async () => {
  await atNextStart('kill -9 $PPID');
  await host.unanswered(host.request('rebooted', 'echo ran'));
  await host.shop.powerLoss();
  assert.equal((await host.job('rebooted', 'echo ran')).state, 'lost');
  const next = await host.job('rebooted', 'echo ran', { round: 2 });
  assert.deepEqual([next.result, next.output], ['success', 'ran\n']);
});
