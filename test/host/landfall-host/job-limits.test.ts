import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JobHost } from './job-request';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());

/** In systemd's journal, about a unit that did not end when it was asked to. */
const HAD_TO_BE_KILLED = /timed out\. Killing/;

const MEBIBYTE = 1024 * 1024;
/** The newest MiB is kept once there are two, and the line that says so. */
const MOST_ON_DISK = 2 * MEBIBYTE + 100;

const sizeOf = async (step: string) =>
  Number(await host.shop.root(`stat -c %s ${host.directory(step)}/output`));

test('of a very long output the newest is kept on disk, and that there was more', async () => {
  const job = await host.job('long', 'seq 1 1500000; echo the end >&2');
  assert.deepEqual([job.state, job.result], ['ended', 'success']);
  assert.ok(job.output.endsWith('1499999\n1500000\nthe end\n'));
  const size = await sizeOf('long');
  assert.ok(size >= MEBIBYTE && size <= MOST_ON_DISK, `${size} bytes`);
  const kept = await host.shop.root(`cat ${host.directory('long')}/output`);
  const [notice, , ...lines] = kept.split('\n');
  assert.equal(notice, '[landfall: earlier output was left out]');
  assert.deepEqual(
    lines.slice(0, -1).map(Number),
    lines.slice(0, -1).map((_, index) => Number(lines[0]) + index),
    'nothing is missing in between',
  );
});

test('a command that prints for ever, and is not followed, does not fill the disk', async () => {
  await host.job('endless', 'yes', { waitMilliseconds: 0 });
  const output = `${host.directory('endless')}/output`;
  await host.until(`grep -q earlier ${output}`);
  for (let look = 0; look < 20; look++) assert.ok((await sizeOf('endless')) <= MOST_ON_DISK);
  assert.deepEqual(await host.stop('endless'), { stopped: true });
  const job = await host.job('endless', 'yes');
  assert.deepEqual([job.state, job.result], ['ended', 'signal']);
  assert.ok(job.output.endsWith('y\ny\n'));
});

test('output is on disk as soon as it is printed, and its last words after a stop too', async () => {
  const script = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done';
  await host.job('words', script, { waitMilliseconds: 0 });
  await host.until(`grep -q up ${host.directory('words')}/output`);
  assert.deepEqual(await host.stop('words'), { stopped: true });
  // The shell may remark on the end of its `sleep`.
  assert.match((await host.job('words', script)).output, /^up\n(Terminated\n)?bye\n$/);
});

test('a process left behind that holds the output open ends with the job', async () => {
  const job = await host.job('left', 'sleep 300 & echo done');
  assert.deepEqual([job.state, job.result, job.output], ['ended', 'success', 'done\n']);
  assert.doesNotMatch(await host.journal('left'), HAD_TO_BE_KILLED);
  assert.equal(await host.shop.root('pgrep -c -x sleep || true'), '0');
});

test('one that ignores the request to end is killed 5 s later', async () => {
  const job = await host.job('deaf', `trap '' TERM; sleep 300 & echo done`);
  assert.deepEqual([job.state, job.output], ['ended', 'done\n']);
  assert.match(await host.journal('deaf'), HAD_TO_BE_KILLED);
  // systemd's own limit would be 90 s.
  assert.ok(
    job.elapsedMilliseconds >= 5_000 && job.elapsedMilliseconds < 60_000,
    `${job.elapsedMilliseconds} ms`,
  );
  assert.equal(await host.shop.root('pgrep -c -x sleep || true'), '0');
});

test('a command that kills itself was ended by that signal', async () => {
  const job = await host.job('suicide', 'echo last; kill -ABRT $$');
  assert.deepEqual([job.state, job.result, job.exitStatus, job.output], ['ended', 'signal', 6, 'last\n']);
});

test('the command sees its own variables, a pipe for its output and no other open files', async () => {
  const script =
    "exec python3 -Sc \"import os, signal; print(os.listdir('/proc/self/fd')[:-1], signal.getsignal(signal.SIGTERM), os.environ.get('LC_CTYPE'))\"";
  const job = await host.job('clean', script, { env: { LC_ALL: 'C.UTF-8' } });
  assert.equal(job.output, "['0', '1', '2'] 0 None\n");
});

test('a job that needs more memory than its limit is killed, and says which limit that was', async () => {
  const script = `python3 -c 'x = bytearray(300 << 20)'`;
  const job = await host.job('hungry', script, { memoryMaxBytes: 64 * MEBIBYTE });
  assert.deepEqual([job.state, job.result, job.memoryMaxBytes], ['ended', 'oom-kill', 64 * MEBIBYTE]);
});

test('a job without a limit gets four fifths of what is available', async () => {
  const available = Number(
    await host.shop.root('awk \'/^MemAvailable/ { printf "%.0f", $2 * 1024 }\' /proc/meminfo'),
  );
  const job = await host.job('unlimited', 'sleep 300', { waitMilliseconds: 0 });
  const shown = await host.shop.root(`systemctl show ${job.name} -p MemoryMax -p MemorySwapMax --value`);
  const limit = job.memoryMaxBytes ?? 0;
  assert.deepEqual(shown.split('\n').sort(), [String(limit), 'infinity'].sort(), 'it may use the swap');
  // Other things happen on this machine meanwhile.
  assert.ok(Math.abs(limit / available - 0.8) < 0.1, `${limit} of ${available}`);
  await host.stop('unlimited');
});
