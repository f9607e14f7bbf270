import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { releaseOf } from '../harness/invariants';
import { MARKERS, shop } from '../harness/shop';
import { until } from '../harness/until';
import { World } from '../harness/world';

const QUEUE = `${MARKERS}/queue`;

/** A stand-in for a worker with a queue of files. A task lasts while `hold-<version>` exists. */
const worker = (version: string, begin = '') => `
import signal, sys, time
from pathlib import Path

queue, stop = Path("${QUEUE}"), []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
${begin}
while not stop:
    for task in sorted(queue.glob("*.task")):
        taken = task.with_suffix(".taken")
        try:
            task.rename(taken)
        except FileNotFoundError:
            continue
        while (queue / "hold-${version}").exists():
            time.sleep(0.02)
        taken.rename(task.with_suffix(".by-${version}"))
        if stop:
            break
    time.sleep(0.02)
`;

/** A singleton that tells when another one runs. */
const beat = (version: string) => `
import os, signal, time
from pathlib import Path

queue, stop = Path("${QUEUE}"), []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
try:
    os.close(os.open(queue / "beats", os.O_CREAT | os.O_EXCL))
except FileExistsError:
    (queue / "twice").touch()
(queue / "beats").write_text("${version}")
while not stop:
    time.sleep(0.02)
time.sleep(0.2)
(queue / "beats").unlink()
`;

const files = (version: string, begin?: string) => ({
  ...shop(version),
  'worker.py': worker(version, begin),
  'beat.py': beat(version),
});

describe('the processes of a release, on a real host', () => {
  const settings = {
    readiness: { timeout: '30s', requestTimeout: '1s', successes: 2 },
    processes: {
      worker: { command: 'python worker.py', drain: '2h', stable: '300ms' },
      beat: { command: ['python', 'beat.py'], singleton: true, stable: '300ms' },
      nightly: { command: 'true', schedule: '*-*-* 03:00' },
      // Fails in each second, and rolls nothing back.
      broken: { command: 'false', schedule: '*:*:*' },
    },
  };
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    world.configure(settings);
    await world.host.root(
      `install -d -o shop -g shop -m 750 ${MARKERS} && install -d -o shop -m 750 ${QUEUE}`,
    );
  });
  after(() => world?.stop());

  const as = (command: string) => world.host.root(`cd ${QUEUE} && ${command}`);
  /** Who has done a task; waits for that. */
  async function doneBy(task: string): Promise<string> {
    let by = '';
    await until(async () => {
      by = (await as(`ls | sed -n 's/^${task}\\.by-//p'`)).stdout.trim();
      return by !== '';
    });
    return by;
  }
  async function ask(task: string): Promise<void> {
    await as(`touch .${task} && chown shop .${task} && mv .${task} ${task}.task`);
  }

  /** The version that serves, whose worker takes tasks, whose singleton beats and whose timer is there. */
  async function expectLive(version: string, release: string): Promise<void> {
    assert.equal(JSON.parse((await world.ask('/')).body).version, version);
    const task = `check-${version}-${Math.floor(performance.now())}`;
    await ask(task);
    assert.equal(await doneBy(task), version);
    assert.equal((await as('cat beats')).stdout, version, 'the singleton');
    const timers = await world.host.root(
      "systemctl list-units --plain --no-legend --type=timer 'shop@*' | cut -d. -f1-2 | sort",
    );
    assert.equal(timers.stdout.trim(), `shop@${release}.broken\nshop@${release}.nightly`);
  }

  async function expectNothingKilled(): Promise<void> {
    assert.equal((await as('ls | grep -E "taken|twice" || true')).stdout, '');
  }

  it('follow it: an old worker finishes next to the new one, bad ones go back, and a rollback has its own', async () => {
    const one = world.repository.commit('one', files('1'));
    const first = await world.deploy(one);
    assert.equal(first.code, 0, first.output);
    const old = await releaseOf(world, one);
    await expectLive('1', old);

    // The old worker has a task that lasts longer than the deploy.
    await as('touch hold-1');
    await ask('long');
    await until(async () => (await as('ls long.taken')).code === 0);
    const two = world.repository.commit('two', files('2'));
    world.configure({ ...settings, soak: { time: '3s', interval: '500ms' } });
    const second = await world.deploy(two);
    assert.equal(second.code, 0, second.output);
    const drains = new RegExp(`worker of ${old} finishes its tasks, until .* UTC at the latest`);
    assert.match(second.output, drains);
    assert.match((await world.landfall('status', 'shop')).output, drains);
    assert.match((await world.landfall('doctor', 'shop')).output, drains);
    const release = await releaseOf(world, two);
    await expectLive('2', release);

    const ran = await world.host.root(`journalctl -u 'shop@${release}.broken.*' -o cat | grep -c status=1/`);
    assert.notEqual(ran.stdout.trim(), '0', 'the scheduled job has failed meanwhile');
    world.configure(settings);

    // A worker that does not stay up: nothing that serves was touched, and the old task is still under way.
    const bad = await world.deploy(world.repository.commit('bad worker', files('3', 'sys.exit(7)')));
    assert.equal(bad.code, 2, bad.output);
    assert.match(
      bad.output,
      /What failed: CrashLoop .*worker of .* did not stay up on .*: it ended with exit status 7\./,
    );
    await expectLive('2', release);
    await as('rm hold-1');
    assert.equal(await doneBy('long'), '1', 'no deploy has killed the task');

    // A worker that only ends in the soak: everything goes back, the singleton too.
    world.configure({ ...settings, soak: { time: '20s', interval: '500ms' } });
    const late = files('4', 'time.sleep(3) or sys.exit(8)');
    const soaked = await world.deploy(world.repository.commit('worker that ends late', late));
    assert.equal(soaked.code, 3, soaked.output);
    assert.match(soaked.output, /worker of .* did not continue in its soak/);
    await expectLive('2', release);

    const back = await world.landfall('rollback', 'shop');
    assert.equal(back.code, 0, back.output);
    await expectLive('1', old);
    await until(async () => (await as('ls | grep taken || true')).stdout === '');
    await expectNothingKilled();
  });

  it('follow a web server that is restarted, too, and --stop-first ends all of them before', async () => {
    world.configure({ ...settings, strategy: 'restart' });
    const five = world.repository.commit('five', files('5'));
    const restarted = await world.deploy(five);
    assert.equal(restarted.code, 0, restarted.output);
    await expectLive('5', await releaseOf(world, five));
    await until(async () => (await as('ls | grep taken || true')).stdout === '');
    await expectNothingKilled();

    // The task of a worker that is killed lasts for ever, and no later one waits for its end.
    await as('touch hold-5');
    await ask('killed');
    await until(async () => (await as('ls killed.taken')).code === 0);
    const six = world.repository.commit('six', files('6'));
    const stopped = await world.deploy(six, '--stop-first');
    assert.equal(stopped.code, 0, stopped.output);
    await expectLive('6', await releaseOf(world, six));
    const old = await world.host.root("pgrep -u shop -fc 'worker.py'");
    assert.equal(old.stdout.trim(), '1', 'only the new worker runs');
    const doctor = await world.landfall('doctor', 'shop');
    assert.equal(doctor.code, 0, doctor.output);

    // A worker that an operator has stopped is found, and started again.
    await world.host.root("systemctl stop 'shop@*.worker.*.service'");
    const found = await world.landfall('doctor', 'shop');
    assert.match(found.output, /--repair +would start worker, which should run here; check that/);
    const repaired = await world.landfall('doctor', 'shop', '--repair');
    assert.equal(repaired.code, 0, repaired.output);
    await expectLive('6', await releaseOf(world, six));
  });
});
