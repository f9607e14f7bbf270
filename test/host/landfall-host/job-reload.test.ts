import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JobHost } from './job-request';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());

/** Starts a job, makes systemd reload all units while it runs, and lets it end. */
async function reloadedWhile(step: string, end: string, more = {}) {
  const script = `echo up; until [ -e /opt/${step} ]; do sleep 0.02; done; ${end}`;
  await host.job(step, script, { ...more, waitMilliseconds: 0 });
  await host.until(`grep -q up ${host.directory(step)}/output`);
  await host.shop.root(`systemctl daemon-reload && touch /opt/${step}`);
  return host.job(step, script, more);
}

for (const [step, end, result, status, more] of [
  ['succeeds', 'echo done', 'success', 0, {}],
  ['fails', 'exit 3', 'exit-code', 3, {}],
  ['is-killed', 'kill -9 $$', 'signal', 9, {}],
  ['hangs', 'exec sleep 300', 'timeout', 15, { timeoutMilliseconds: 3_000 }],
  [
    'takes-all',
    `exec python3 -c 'x = bytearray(300 << 20)'`,
    'oom-kill',
    9,
    { memoryMaxBytes: 64 * 1024 * 1024 },
  ],
  ['leaves', '(setsid sleep 300 &)', 'success', 0, {}],
  ['builds', 'id -un', 'success', 0, { as: 'deploy', venv: '0123456789abcdef' }],
] as const) {
  test(`a job that ${step} has ended so, also after a daemon-reload meanwhile`, async () => {
    const job = await reloadedWhile(step, end, more);
    assert.deepEqual([job.state, job.result, job.exitStatus], ['ended', result, status], job.output);
    assert.match(job.output, /^up\n/);
    assert.equal(await host.starts(step), 1);
    assert.equal(await host.shop.root('pgrep -c -x sleep || true'), '0', 'nothing is left of it');
  });
}

test('a job is stopped as usual after a daemon-reload', async () => {
  const script = 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done';
  await host.job('stops', script, { waitMilliseconds: 0 });
  await host.until(`grep -q up ${host.directory('stops')}/output`);
  await host.shop.root('systemctl daemon-reload');
  assert.deepEqual(await host.stop('stops'), { stopped: true });
  const job = await host.job('stops', script);
  assert.deepEqual([job.state, job.result, job.exitStatus], ['ended', 'signal', 15]);
});

test('many reloads while jobs start and end lose none of them', async () => {
  const reloads = host.shop.root('until [ -e /tmp/enough ]; do systemctl daemon-reload || break; done');
  for (const round of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const job = await host.job('many', `echo ${round}`, { round });
    assert.deepEqual([job.state, job.result, job.output], ['ended', 'success', `${round}\n`]);
  }
  await host.shop.root('touch /tmp/enough');
  await reloads;
  assert.equal(await host.shop.root('ls /run/systemd/system | grep -c ^landfall-job- || true'), '0');
});
