import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim, ProcessUnit } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

const port = 8048;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let one: string;
let two: string;
let three: string;

/** Says that it works, and after the signal finishes when `/run/let-NAME-RELEASE` is there. A second signal is told too. */
const WORKER = `#!/usr/bin/python3
import os, signal, sys, time
name = os.environ['LANDFALL_PROCESS'] + '-' + os.environ['LANDFALL_RELEASE']
told = []
def finish(*_):
    told.append(1)
    print('told', len(told), flush=True)
for each in (signal.SIGTERM, signal.SIGQUIT):
    signal.signal(each, finish)
print('works', name, os.environ['EXTRA'], os.environ['LANDFALL_PHASE'], os.environ['TOKEN'], flush=True)
if os.path.exists('crash'):
    sys.exit(7)
while not (told and os.path.exists('/run/let-' + name)):
    time.sleep(0.02)
print('finished', flush=True)
`;

const RUNS = {
  env: { EXTRA: '100% of $it' },
  schedule: null,
  drainMilliseconds: 600_000,
  stopSignal: 'QUIT',
  stableMilliseconds: 300,
  ready: null,
} as const satisfies Partial<ProcessUnit>;

const PROCESSES: Record<string, ProcessUnit> = {
  worker: { ...RUNS, argv: ['/bin/sh', '-c', 'exec python3 worker.py'] },
  beat2: {
    ...RUNS,
    argv: ['python3', 'worker.py'],
    ready: { argv: ['/bin/sh', '-c', 'test -e /run/beat-is-ready'], timeoutMilliseconds: 60_000 },
  },
  nightly: {
    ...RUNS,
    argv: ['/bin/sh', '-c', 'echo nightly of $LANDFALL_RELEASE'],
    schedule: '*-*-* 03:00',
  },
};

before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  const files = { 'worker.py': WORKER };
  one = await shop.staged(claim(0), 'one', releaseWith(BESIDE, files));
  two = await shop.staged(claim(0), 'two', releaseWith(BESIDE, { ...files, new: 'x' }));
  three = await shop.staged(claim(0), 'three', releaseWith(BESIDE, { ...files, crash: 'x' }));
  await webTakesOver(one, 1);
});
after(() => shop.stop());

async function webTakesOver(release: string, seq: number) {
  const address = { host: shop.host.address, port };
  await shop.call('install-instance', {
    claim: claim(seq),
    ...unitOf(release, address, { processes: PROCESSES }),
  });
  const start = { claim: claim(seq), release, address, trial: true, waitMilliseconds: 8_000 };
  assert.equal((await shop.call('start', start)).state, 'up');
  await shop.call('switch', { claim: claim(seq + 1), release });
}

const start = async (release: string, names: string[], seq: number, waitMilliseconds = 8_000) =>
  (await shop.call('start-processes', { claim: claim(seq), release, names, waitMilliseconds })).processes;
const takeOver = async (release: string | null, names: string[], seq: number) =>
  (await shop.call('switch-processes', { claim: claim(seq), release, names })).draining;
const good = (release: string, seq: number, keep = 1) =>
  shop.call('mark-good', { claim: claim(seq), release, keep, outcome: 'deployed' });
const inspect = () => shop.call('inspect', { python: 'python3', address: null });
const running = async () =>
  ((await inspect()).processes ?? []).map(
    ({ process, release, until: ends }) => `${process} of ${release}${ends === null ? '' : ' finishes'}`,
  );
const observed = (release: string | null = null) => shop.call('observe', { address: null, release });
const journal = async (release: string, process: string) =>
  (await shop.call('evidence', { release, process, invocation: null, texts: {} })).journal.join('\n');

test('a schedule that systemd does not understand is refused before anything is kept', async () => {
  const nightly: ProcessUnit = { ...RUNS, argv: ['true'], schedule: 'every night' };
  const address = { host: shop.host.address, port };
  const asked = { claim: claim(2), ...unitOf(two, address, { processes: { nightly } }) };
  const { type, message } = await shop.refused('install-instance', asked);
  assert.equal(type, 'InvalidInput');
  assert.match(message, /processes\.nightly\.schedule: systemd does not understand 'every night'/);
  const none = { claim: claim(3), release: two, names: ['worker'], waitMilliseconds: 0 };
  assert.match((await shop.refused('start-processes', none)).message, /has no process worker/);
});

test('processes start next to the web server, with its environment and their own', async () => {
  const first = await start(one, ['worker', 'beat2'], 4);
  assert.deepEqual([first.worker?.state, first.beat2?.state], ['up', 'starting']);
  assert.match(first.beat2?.status ?? '', /ready command has not succeeded/);
  await shop.root('touch /run/beat-is-ready');
  const second = await start(one, ['worker', 'beat2'], 4);
  assert.deepEqual([second.worker?.state, second.beat2?.state], ['up', 'up']);
  assert.equal(second.worker?.unit.invocation, first.worker?.unit.invocation, 'nothing starts twice');
  assert.match(await journal(one, 'worker'), /works worker-\S+ 100% of \$it process \[redacted:TOKEN\]/);
  assert.deepEqual(await running(), [`worker of ${one}`, `beat2 of ${one}`]);
});

test('they are live after a switch, with the schedule; nothing of it boots before it is good', async () => {
  assert.deepEqual(await takeOver(one, ['worker', 'beat2', 'nightly'], 5), []);
  assert.deepEqual(await running(), [`worker of ${one}`, `beat2 of ${one}`, `nightly of ${one}`]);
  assert.deepEqual(Object.keys((await observed()).processes ?? {}), ['worker', 'beat2']);
  assert.deepEqual((await inspect()).leftovers, []);
  assert.equal(await shop.root('ls /etc/systemd/system | grep -c processes.target || true'), '0');
  await good(one, 6, 5);
  await shop.powerLoss();
  await until(async () => (await running()).length === 3);
  assert.deepEqual((await running()).sort(), [`beat2 of ${one}`, `nightly of ${one}`, `worker of ${one}`]);
  await shop.root('touch /run/beat-is-ready');
});

test('the worker of a later release works while the old one finishes, which is told once', async () => {
  claim = await shop.claimed('run-2');
  await webTakesOver(two, 1);
  assert.equal((await start(two, ['worker'], 3)).worker?.state, 'up');
  const old = (await observed(one)).processes?.worker;
  const told = await takeOver(two, ['worker'], 4);
  assert.deepEqual(
    told.map(({ process, release }) => [process, release]),
    [['worker', one]],
  );
  const drain = Date.parse(told[0]?.until ?? '') - Date.now();
  assert.ok(drain > 500_000 && drain < 700_000, `${drain} ms of 600,000 are left`);
  // A repeated request, and a later deploy, do not tell it again.
  assert.equal((await takeOver(two, ['worker'], 5)).length, 1);
  const said = async () => await shop.root(`journalctl -u ${old?.unit} -o cat | grep -c told`);
  assert.equal(await said(), '1');
  assert.deepEqual((await running()).sort(), [
    `beat2 of ${one}`,
    `nightly of ${one}`,
    `worker of ${one} finishes`,
    `worker of ${two}`,
  ]);
});

test('a release whose worker still finishes is not removed; after that it is', async () => {
  assert.equal((await start(two, ['beat2'], 6)).beat2?.state, 'up');
  await takeOver(two, ['beat2', 'nightly'], 7);
  const { pruned } = await good(two, 8);
  assert.equal(pruned.includes(one), false);
  await shop.root(`touch /run/let-worker-${one} /run/let-beat2-${one}`);
  await until(async () => !(await running()).some((each) => each.includes(one)));
  claim = await shop.claimed('run-3');
  assert.ok((await good(two, 1)).pruned.includes(one));
  assert.equal(await shop.root(`ls /etc/systemd/system | grep -c '@${one}' || true`), '0');
});

test('a process that ends is said at once, with its reason; the live ones do not notice', async () => {
  claim = await shop.claimed('run-4');
  const address = { host: shop.host.address, port };
  const asked = { claim: claim(1), ...unitOf(three, address, { processes: PROCESSES }) };
  await shop.call('install-instance', asked);
  const { worker } = await start(three, ['worker'], 2);
  assert.equal(worker?.state, 'failed');
  assert.match(worker?.status ?? '', /exit status 7|start it again/);
  assert.match(await journal(three, 'worker'), /works worker-/);
  assert.deepEqual((await takeOver(two, ['worker'], 3)).length, 0);
  await until(async () => !(await running()).some((each) => each.includes(three)));
  assert.equal((await observed()).processes?.worker?.restarts, 0);
});

test('a run of the schedule is of the live release', async () => {
  const unit = await shop.root("systemctl list-timers --no-legend 'shop@*' | grep -o 'shop@[^ ]*service'");
  assert.match(unit, new RegExp(`^shop@${two}\\.nightly`));
  await shop.root(`systemctl start ${unit}`);
  assert.match(await shop.root(`journalctl -u ${unit} -o cat`), new RegExp(`nightly of ${two}`));
});

test('an abandoned start is found and told to finish', async () => {
  claim = await shop.claimed('run-5');
  const address = { host: shop.host.address, port };
  await shop.call('install-instance', {
    claim: claim(1),
    ...unitOf(three, address, { processes: { worker: { ...RUNS, argv: ['sleep', '1000'] } } }),
  });
  assert.equal((await start(three, ['worker'], 2)).worker?.state, 'up');
  claim = await shop.claimed('run-6');
  const { repaired } = await shop.call('repair', { claim: claim(0) });
  assert.equal(repaired.length, 1);
  assert.match(
    repaired[0] ?? '',
    new RegExp(`^shop@${three}\\.worker\\.\\d+\\.service runs and is not live$`),
  );
  await until(async () => !(await running()).some((each) => each.includes(three)));
});

test('one that may run once only is waited for until it is gone', async () => {
  const finish = (waitMilliseconds: number) =>
    shop.call('finish-processes', { claim: claim(1), names: ['beat2'], waitMilliseconds });
  assert.deepEqual(await finish(0), { stopped: false });
  await shop.root(`touch /run/let-beat2-${two}`);
  assert.deepEqual(await finish(8_000), { stopped: true });
  assert.deepEqual(Object.keys((await observed()).processes ?? {}), ['worker']);
  // After a rollback it starts again, as a new unit.
  assert.equal((await start(two, ['beat2'], 2)).beat2?.state, 'up');
  assert.deepEqual(await takeOver(two, ['beat2'], 3), []);
});

/** A further release with a worker and a schedule serves, up to its `mark-good`. */
async function threeIsLive() {
  const { nightly } = PROCESSES;
  assert.ok(nightly);
  const address = { host: shop.host.address, port };
  const processes = { worker: { ...RUNS, argv: ['sleep', '1000'] }, nightly };
  await shop.call('install-instance', { claim: claim(1), ...unitOf(three, address, { processes }) });
  const begin = { claim: claim(1), release: three, address, trial: true, waitMilliseconds: 8_000 };
  assert.equal((await shop.call('start', begin)).state, 'up');
  await shop.call('switch', { claim: claim(2), release: three });
  assert.equal((await start(three, ['worker'], 3)).worker?.state, 'up');
  await shop.root(`touch /run/let-worker-${two} /run/let-beat2-${two}`);
  await takeOver(three, ['worker', 'beat2', 'nightly'], 4);
}
const ALL_OF_TWO = () => [`beat2 of ${two}`, `nightly of ${two}`, `worker of ${two}`];

test('a reboot before a release is good brings back the processes of last good', async () => {
  claim = await shop.claimed('run-7');
  await threeIsLive();
  await shop.powerLoss();
  await until(async () => (await running()).length === 3);
  assert.deepEqual((await running()).sort(), ALL_OF_TWO());
});

test('so it does after an interrupted mark-good, when last good is restored', async () => {
  claim = await shop.claimed('run-8');
  await threeIsLive();
  const state = '/var/lib/landfall/shop/state.json';
  await shop.root(`cp ${state} /run/state-before`);
  await good(three, 5, 5);
  await shop.root(`mv /run/state-before ${state}`);
  const boots = () =>
    shop.root("grep -o '^Wants=shop@[^.]*' /etc/systemd/system/shop@processes.target | sort -u");
  assert.equal(await boots(), `Wants=shop@${three}`);
  claim = await shop.claimed('run-9');
  const { repaired } = await shop.call('repair', { claim: claim(0) });
  assert.ok(
    repaired.some((said) => said.endsWith(`boots processes of release ${three}, which is not last good`)),
  );
  assert.equal(await shop.root('ls /etc/systemd/system | grep -c processes.target || true'), '0');
  await webTakesOver(two, 1);
  await shop.root('touch /run/beat-is-ready');
  assert.equal((await start(two, ['worker', 'beat2'], 3)).beat2?.state, 'up');
  await takeOver(two, ['worker', 'beat2', 'nightly'], 4);
  assert.equal(await boots(), `Wants=shop@${two}`);
  assert.deepEqual((await running()).filter((each) => !each.endsWith('finishes')).sort(), ALL_OF_TWO());
});

test('a plan shows the units of processes, too', async () => {
  const { worker, beat2 } = PROCESSES;
  assert.ok(worker && beat2);
  const address = { host: shop.host.address, port };
  const processes = { worker: { ...worker, drainMilliseconds: 5 }, beat2 };
  const { release: _, ...wanted } = unitOf(two, address, { processes });
  const { diff } = await shop.call('preview-unit', { ...wanted, alongside: true });
  assert.match(diff, /^@@ .* worker$/m);
  assert.match(diff, /^\+TimeoutStopSec=5ms$/m);
  assert.match(diff, /^@@ .* nightly$/m);
  assert.doesNotMatch(diff, / beat2$/m);
});

test('with the service all of them end, and none boots', async () => {
  await shop.root(`touch /run/let-worker-${two}`);
  await until(async () => (await shop.call('stop', { claim: claim(4) })).stopped);
  await until(async () => (await running()).length === 0);
  assert.equal(
    await shop.root('find /etc/systemd/system /run/systemd -name "*processes.target" | wc -l'),
    '0',
  );
});

test('so do those that were never live, as in a first deploy that goes back', async () => {
  claim = await shop.claimed('run-10');
  await webTakesOver(two, 1);
  assert.equal((await start(two, ['worker'], 3)).worker?.state, 'up');
  await shop.root(`touch /run/let-worker-${two}`);
  await until(async () => (await shop.call('stop', { claim: claim(4) })).stopped);
  await until(async () => (await running()).length === 0);
});
