import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JobHost } from './job-request';

const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());

test('a command that ended well has, whatever it left behind has to be killed for', async () => {
  const job = await host.job('leaves', `trap '' TERM; sleep 300 & echo done`);
  assert.deepEqual([job.state, job.result, job.exitStatus], ['ended', 'success', 0]);
  assert.ok(job.elapsedMilliseconds >= 5_000, `${job.elapsedMilliseconds} ms`);
});

test('what records its end may be killed: it ended well all the same, and its own failure stays one', async () => {
  for (const [step, script, result] of [
    ['unrecorded', 'echo done', 'success'],
    ['unrecorded-failure', 'exit 3', 'exit-code'],
  ] as const) {
    const folder = `/run/systemd/system/landfall-job-shop-${host.claim.fence}-${step}-1.service.d`;
    const killed = `[Service]\\nExecStopPost=\\nExecStopPost=/bin/sh -c "kill -KILL $$$$"\\n`;
    await host.shop.root(`mkdir -p ${folder} && printf '${killed}' > ${folder}/killed.conf`);
    const job = await host.job(step, script);
    assert.deepEqual([job.state, job.result], ['ended', result], job.output);
    assert.match(job.output, /Control process exited, code=killed, status=9\/KILL/);
  }
  assert.equal(await host.shop.root('systemctl list-units --state=failed --plain --no-legend'), '');
});

test('one that says yes only when its time is over did not end in time', async () => {
  const script = `trap 'exit 0' TERM; while :; do sleep 0.1; done`;
  const job = await host.job('late', script, { timeoutMilliseconds: 1_000 });
  assert.deepEqual([job.state, job.result], ['ended', 'timeout']);
});

test('a round does not begin after a later one: it is lost, and only one command runs', async () => {
  const later = await host.job('rounds', 'sleep 2; echo later', { round: 2, waitMilliseconds: 0 });
  assert.equal(later.state, 'running');
  const before = await host.job('rounds', 'echo before', { waitMilliseconds: 0 });
  assert.equal(before.state, 'lost');
  assert.equal(await host.starts('rounds'), 0);
  assert.equal((await host.job('rounds', 'echo never', { round: 2 })).output, 'later\n');
});

test('what an environment file would have a loader do, it does for the command and not for root', async () => {
  await host.shop.root(`printf 'LD_DEBUG=files\\nLD_DEBUG_OUTPUT=/tmp/loader\\n' > /etc/shop.env`);
  const job = await host.job('loads', 'exec /bin/true');
  await host.shop.root('cp /dev/null /etc/shop.env');
  assert.equal(job.result, 'success', job.output);
  assert.equal(await host.shop.root(`find /tmp -maxdepth 1 -name 'loader.*' -user root | wc -l`), '0');
  assert.notEqual(await host.shop.root(`find /tmp -maxdepth 1 -name 'loader.*' -user shop | wc -l`), '0');
});

test('half a secret is a secret too, while it is being written and when it was cut off', async () => {
  await host.shop.root(`echo API_KEY=${SECRET} > /etc/shop.env`);
  const half = SECRET.slice(0, 20);
  const script = `echo first; printf 'key: ${half}'; until [ -e /tmp/go ]; do sleep 0.05; done; kill -9 $$`;
  await host.job('half', script, { waitMilliseconds: 0 });
  await host.until(`grep -q ${half} ${host.directory('half')}/output`);
  const running = await host.job('half', script, { waitMilliseconds: 0 });
  assert.deepEqual([running.state, running.output], ['running', 'first\n']);
  await host.shop.root('touch /tmp/go');
  const ended = await host.job('half', script);
  await host.shop.root('cp /dev/null /etc/shop.env');
  assert.deepEqual([ended.result, ended.output], ['signal', 'first\nkey: ']);
});
