import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PROTOCOL } from '../../../src/contract/contract';
import type { Claim, JobRequest, JobState } from '../../../src/contract/contract-types';
import { ServiceHost } from './service-host';

let shop: ServiceHost;
let claim: Claim;
let release: string;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root(`cat > /etc/shop.env <<'END'
# a comment
DATABASE_URL="postgresql://shop:p%40ss-word@db/shop"
TOKEN='to''ken" $HOME \\n'
PLAIN = with space \\
 and more
SHORT=abc
END`);
  claim = (await shop.claimed('run-1'))(0);
  release = await shop.staged(claim, 'tree', { 'main.py': 'x = 1' });
});
after(() => shop.stop());

function request(step: string, script: string, more: Partial<JobRequest> = {}): JobRequest {
  const limits = { timeoutMilliseconds: 60_000, memoryMaxBytes: null, waitMilliseconds: 8_000 };
  return {
    claim,
    step,
    round: 1,
    as: 'service',
    release,
    argv: ['sh', '-c', script],
    env: {},
    ...limits,
    ...more,
  };
}
const startsOf = (job: JobState) =>
  `/var/lib/landfall/shop/jobs/${job.name.replace(/\.service$/, '')}/starts`;
const starts = (job: JobState) => shop.root(`cat ${startsOf(job)} | wc -l`);

test('a job runs as the service, in the release, and its output and exit status come back', async () => {
  const job = await shop.call('job', request('whoami', 'id -un; pwd; echo to-stderr >&2; exit 3'));
  assert.equal(job.name, 'landfall-job-shop-1-whoami-1.service');
  assert.deepEqual([job.state, job.result, job.exitStatus], ['ended', 'exit-code', 3]);
  assert.equal(job.output, `shop\n/srv/shop/releases/${release}\nto-stderr\n`);
  assert.ok(job.elapsedMilliseconds > 0);
});

test('the service has a home where it may write, unless its user has one of its own', async () => {
  const script = 'mkdir -p ~/.cache/models && stat -c "%n %U %a" ~ ~/.cache/models';
  const missing = await shop.root('getent passwd shop | cut -d: -f6; rm -r /srv/shop/home');
  assert.equal(missing, '/srv/shop');
  const made = await shop.call('job', request('home', script));
  assert.equal(made.output, '/srv/shop/home shop 700\n/srv/shop/home/.cache/models shop 755\n');
  const said = await shop.call('job', request('said', 'echo ~', { env: { HOME: '/tmp' } }));
  assert.equal(said.output, '/tmp\n', 'env: of landfall.yaml wins');
  await shop.root('install -d -o shop /home/shop && usermod --home /home/shop shop');
  assert.equal((await shop.call('job', request('own', 'echo ~'))).output, '/home/shop\n');
  await shop.root('usermod --home /srv/shop shop');
});

test('a job has a metrics folder of its own, which it may empty and make again', async () => {
  const env = { PROMETHEUS_MULTIPROC_DIR: '/srv/shop/shared/metrics' };
  const script = 'd=$PROMETHEUS_MULTIPROC_DIR; rmdir $d && mkdir $d && echo $d';
  const job = await shop.call('job', request('metrics', script, { env }));
  assert.equal(job.output, '/run/landfall-job-shop-1-metrics-1/prometheus\n');
  await shop.root(
    "cp -p /etc/shop.env /root; echo 'PROMETHEUS_MULTIPROC_DIR=/srv/shop/shared' >>/etc/shop.env",
  );
  const ofRoot = await shop.call('job', request('shared-metrics', script));
  await shop.root('cp -p /root/shop.env /etc');
  assert.equal(
    ofRoot.output,
    '/run/landfall-job-shop-1-shared-metrics-1/prometheus\n',
    'also where root sets it',
  );
});

test('as the deploying user it has neither the environment files nor a way to root', async () => {
  const job = await shop.call('job', request('build', 'id -un; umask; env', { as: 'deploy' }));
  assert.match(job.output, /^deploy\n0027\n/);
  assert.doesNotMatch(job.output, /TOKEN|DATABASE_URL/);
  const sudo = await shop.call(
    'job',
    request('sudo', 'sudo -n /usr/local/lib/landfall/landfall-host', { as: 'deploy' }),
  );
  assert.notEqual(sudo.exitStatus, 0);
});

test('a job that failed leaves no failed unit behind, which would make the host "degraded"', async () => {
  const failed = await shop.call('job', request('failing', 'exit 3'));
  assert.deepEqual([failed.state, failed.exitStatus], ['ended', 3]);
  assert.equal(await shop.root(`systemctl list-units --all --plain --no-legend '${failed.name}'`), '');
  assert.equal((await shop.call('job', request('failing', 'exit 3'))).exitStatus, 3, 'its result stays');
});

test('arguments and variables arrive as they were sent', async () => {
  const words = [
    '$HOME',
    `\${HOME}`,
    '$$',
    'a$b %n %% %',
    `'"\\`,
    'new\nline',
    ' two  spaces ',
    '',
    ';',
    '-x',
    'é',
    '@x',
    'tab\t',
  ];
  const print =
    'import json,os,sys; print(json.dumps([sys.argv[1:], {k: os.environ.get(k) for k in "ABCDE"}]))';
  const env = { A: '$HOME', B: '%n "q"', C: "it's\nnew", D: '', E: '\\' };
  const argv = ['python3', '-c', print, ...words];
  const job = await shop.call('job', request('argv', '', { argv, env, as: 'deploy' }));
  assert.deepEqual(JSON.parse(job.output), [words, env]);
});

test('a variable of an environment file wins over one of the request, as in the unit', async () => {
  const script = '[ "$SHORT" = abc ] && [ "$OTHER" = x ] && echo "$LANDFALL_RELEASE"; echo "$PATH"';
  const job = await shop.call(
    'job',
    request('precedence', script, { env: { SHORT: 'changed', OTHER: 'x', LANDFALL_RELEASE: 'y' } }),
  );
  assert.match(job.output, new RegExp(`^${release}\n/srv/shop/releases/${release}/.venv/bin:/usr`));
});

test("a request's variables never reach what runs as root", async () => {
  await shop.root('runuser -u deploy -- sh -c "printf x > /tmp/evil.so"');
  const job = await shop.call(
    'job',
    request('preload', 'sleep 0.2', { env: { LD_PRELOAD: '/tmp/evil.so', PYTHONPATH: '/tmp' } }),
  );
  assert.equal(job.result, 'success');
  assert.match(job.output, /evil.so/, 'the job itself has it');
  const journal = await shop.root(
    `journalctl -u ${job.name} -o cat; grep -r LD_PRELOAD /run/systemd/system || true`,
  );
  assert.doesNotMatch(journal, /evil.so/);
});

test('values of environment files are redacted from the output', async () => {
  const script = `printf '%s\\n' "$DATABASE_URL" "$TOKEN" "$PLAIN" "$SHORT"; echo p%40ss-word p@ss-word;
    python3 -c 'import os,json; print(json.dumps(os.environ["TOKEN"]))'; printf '\\377\\n'`;
  const job = await shop.call('job', request('secrets', script));
  assert.deepEqual(job.output.split('\n'), [
    '[redacted:DATABASE_URL]',
    '[redacted:TOKEN]',
    '[redacted:PLAIN]',
    'abc',
    '[redacted:DATABASE_URL] [redacted:DATABASE_URL]',
    '"[redacted:TOKEN]"',
    '\ufffd',
    '',
  ]);
});

test('of a long output the end comes back, at most 16 KiB', async () => {
  const job = await shop.call('job', request('long', 'seq 1 100000; echo é; printf "%s\\n" "$TOKEN"'));
  assert.ok(Buffer.byteLength(job.output) <= 16384 && Buffer.byteLength(job.output) > 16000);
  assert.ok(job.output.endsWith('99999\n100000\né\n[redacted:TOKEN]\n'));
});

test('asking again finds the job instead of starting it twice', async () => {
  const slow = request('slow', 'echo started; sleep 1.5; echo done', { waitMilliseconds: 0 });
  const first = await shop.call('job', slow);
  assert.equal(first.state, 'running');
  assert.deepEqual([first.result, first.exitStatus], [null, null]);
  const again = await Promise.all(
    [1, 2, 3].map(() => shop.call('job', { ...slow, waitMilliseconds: 8_000 })),
  );
  for (const job of again) assert.deepEqual([job.state, job.output], ['ended', 'started\ndone\n']);
  const followed = await shop.call('job-wait', { fence: 1, step: 'slow', round: 1, waitMilliseconds: 0 });
  assert.deepEqual([followed.state, followed.result], ['ended', 'success']);
  assert.equal(await starts(first), '1');
  const next = await shop.call('job', { ...slow, round: 2, waitMilliseconds: 8_000 });
  assert.equal(next.state, 'ended');
  assert.equal(await starts(next), '1');
  const absent = await shop.call('job-wait', { fence: 1, step: 'never', round: 1, waitMilliseconds: 8_000 });
  assert.deepEqual([absent.state, absent.output], ['absent', '']);
});

test('a job survives the loss of its SSH connection', async () => {
  const slow = request('survivor', 'sleep 1; echo survived', { waitMilliseconds: 8_000 });
  const line = JSON.stringify({ protocol: PROTOCOL, verb: 'job', service: 'shop', ...slow });
  await shop.ssh(
    'deploy',
    `timeout -s KILL 0.7 sudo -n /usr/local/lib/landfall/landfall-host`,
    Buffer.from(`${line}\n`),
  );
  const job = await shop.call('job', slow);
  assert.deepEqual([job.state, job.output], ['ended', 'survived\n']);
  assert.equal(await starts(job), '1');
});

test('a job that takes too long is ended with everything it started', async () => {
  const job = await shop.call(
    'job',
    request('hang', 'sleep 300 & sleep 300', { timeoutMilliseconds: 1_000 }),
  );
  assert.deepEqual([job.state, job.result], ['ended', 'timeout']);
  assert.equal(await shop.root('pgrep -c -x sleep || true'), '0');
});

test('the memory limit reaches systemd', async () => {
  const running = await shop.call(
    'job',
    request('memory', 'sleep 60', { memoryMaxBytes: 64 << 20, waitMilliseconds: 0 }),
  );
  const shown = await shop.root(`systemctl show ${running.name} -p MemoryMax --value`);
  assert.equal(shown, String(64 << 20));
  assert.deepEqual(await shop.call('job-stop', { claim, step: 'memory', round: 1 }), { stopped: true });
});

test('a stopped job is not a success, even when it exits with 0', async () => {
  const polite = request('polite', 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done', {
    waitMilliseconds: 0,
  });
  await shop.call('job', polite);
  await shop.root('until grep -q up /var/lib/landfall/shop/jobs/*polite*/output; do sleep 0.01; done');
  assert.deepEqual(await shop.call('job-stop', { claim, step: 'polite', round: 1 }), { stopped: true });
  const job = await shop.call('job', polite);
  assert.deepEqual([job.state, job.result, job.exitStatus], ['ended', 'signal', 15]);
  assert.deepEqual(await shop.call('job-stop', { claim, step: 'polite', round: 1 }), { stopped: false });
});

test('a job whose unit cannot run at all has ended, not hung', async () => {
  await shop.root('mv /etc/shop.env /etc/shop.env.away');
  const job = await shop.call('job', request('broken', 'true'));
  assert.deepEqual([job.state, job.result], ['ended', 'resources']);
  assert.match(job.output, /^systemd: Failed to load environment files: No such file or directory$/m);
  await shop.root('mv /etc/shop.env.away /etc/shop.env');
  const missing = await shop.call('job', request('missing', '', { argv: ['/nonexistent/program'] }));
  assert.deepEqual([missing.state, missing.result, missing.exitStatus], ['ended', 'exit-code', 127]);
});

test('a later claim stops the jobs of older ones, and forgets those that failed unseen', async () => {
  await shop.call('job', request('old', 'sleep 300', { waitMilliseconds: 0 }));
  const unseen = 'until [ -e /tmp/unseen ]; do sleep 0.05; done; exit 3';
  const { name } = await shop.call('job', request('unseen', unseen, { waitMilliseconds: 0 }));
  // Only now: a failure that this request saw would be forgotten already.
  await shop.root('touch /tmp/unseen');
  await shop.root(`until systemctl is-failed ${name}; do sleep 0.01; done`);
  const next = await shop.call('claim', {
    run: 'run-2',
    engine: 'engine-a',
    commit: 'abcdef0',
    by: 'x',
    takeOver: false,
  });
  assert.deepEqual(next.stoppedJobs, ['landfall-job-shop-1-old-1.service']);
  assert.equal(await shop.root("systemctl list-units --all --plain --no-legend 'landfall-job-*'"), '');
  const stopped = await shop.call('job-wait', { fence: 1, step: 'old', round: 1, waitMilliseconds: 0 });
  assert.deepEqual([stopped.state, stopped.result], ['ended', 'signal']);
  assert.equal((await shop.refused('job', request('late', 'true'))).type, 'Fenced');
  claim = { fence: next.fence, run: 'run-2', seq: 0, attempt: 1 };
});

test('after a power loss an ended job has its result and a running one is lost, not started again', async () => {
  const done = request('done', 'echo kept', { waitMilliseconds: 8_000 });
  await shop.call('job', done);
  const cut = request('cut', 'sleep 300', { waitMilliseconds: 0 });
  const begun = await shop.call('job', cut);
  // The start was requested and not awaited: systemd may not have begun it yet.
  await shop.root(`until [ -s ${startsOf(begun)} ]; do sleep 0.01; done`);
  await shop.powerLoss();
  const kept = await shop.call('job', done);
  assert.deepEqual([kept.state, kept.result, kept.output], ['ended', 'success', 'kept\n']);
  const lost = await shop.call('job', { ...cut, waitMilliseconds: 8_000 });
  assert.deepEqual([lost.state, lost.result], ['lost', null]);
  assert.equal(await starts(lost), '1');
});
