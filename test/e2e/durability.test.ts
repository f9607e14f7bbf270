import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { importsAfter, MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { onRun, terminate } from '../harness/temporal-ui';
import { until } from '../harness/until';
import { World } from '../harness/world';

describe('whatever dies in between', () => {
  let world: World;
  before(async () => {
    world = await World.start({ durableEngine: true });
    world.configure({
      rehearse: false,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      preImport: { timeout: '120s' },
      readiness: { timeout: '120s', requestTimeout: '2s', successes: 2 },
    });
  });
  after(() => world?.stop());

  const make = (marker: string) => world.host.root(`touch ${MARKERS}/${marker}`);
  const remove = (marker: string) => world.host.root(`rm ${MARKERS}/${marker}`);

  /** As a crash would end it; then another one. */
  async function replaceWorker(): Promise<void> {
    await world.controller.stopWorkers('SIGKILL');
    await world.controller.startWorker();
  }

  async function expectDeployed(commit: string): Promise<void> {
    await expectTidy(world, { live: await releaseOf(world, commit) });
    assert.equal((await world.ask('/health/ready')).status, 200);
  }

  /** How often the newest deploy started the job of a step. */
  async function startsOf(step: string): Promise<number> {
    const newest = `ls -d /var/lib/landfall/shop/jobs/*-${step}-* | sort -V | tail -1`;
    const { stdout } = await world.host.root(`cat "$(${newest})/starts"`);
    return stdout.trim().split('\n').length;
  }

  it('a worker killed while dependencies are installed: the installation continues and is not started twice', async () => {
    const commit = world.repository.commit('first', shopWith());
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/fetch/);
    const job = 'landfall-job-shop-1-install-dependencies-0';
    await world.host.root(`until [ -s /var/lib/landfall/shop/jobs/${job}/starts ]; do sleep 0.02; done`);
    // Frozen, so that it lasts until the other worker is there, however quick it is.
    await world.host.root(`systemctl kill --signal=STOP ${job}.service`);
    await replaceWorker();
    await world.host.root(`systemctl kill --signal=CONT ${job}.service`);
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await startsOf('install-dependencies'), 1);
    await expectDeployed(commit);
  });

  it('a worker killed during the import check: the other one finds the job and waits for it', async () => {
    await make('importing');
    const commit = world.repository.commit('import held', shopWith(importsAfter('importing')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/dependencies/);
    await untilPending(world, 'preImport', 1);
    await replaceWorker();
    await untilPending(world, 'preImport', 2);
    await remove('importing');
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await startsOf('pre-import'), 1);
    await expectDeployed(commit);
  });

  it('a worker killed while readiness is awaited: the other worker continues, without another restart', async () => {
    await make('held');
    const commit = world.repository.commit('unready for a while', shopWith(unreadyWhile('held')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ .* restart with/);
    const start = await invocation();
    await replaceWorker();
    await remove('held');
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await invocation(), start);
    await expectDeployed(commit);
  });

  it('an engine killed in mid-deploy and started again on its database: the deploy continues', async () => {
    await make('importing');
    const commit = world.repository.commit('engine killed', shopWith(importsAfter('importing')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/dependencies/);
    await world.restartEngine();
    await remove('importing');
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await startsOf('pre-import'), 1);
    await expectDeployed(commit);
  });

  it('a run terminated in its release phase: the next deploy repairs the host', async () => {
    await make('held');
    const commit = world.repository.commit('terminated', shopWith(unreadyWhile('held')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ .* restart with/);
    await terminate(world);
    const ran = await deploying.ended;
    assert.equal(ran.code, 4, ran.output);
    assert.match(ran.output, /TERMINATED: .*without its undo/);
    assert.match(ran.output, /What to do: deploy again/);
    assert.equal(await liveRelease(world), await releaseOf(world, commit), 'the host stands as it was left');

    const next = world.repository.commit('mends', shopWith());
    // The live release is not ready, but was never good either: the deploy needs no flag.
    const mended = await world.deploy(next);
    assert.equal(mended.code, 0, mended.output);
    assert.match(mended.output, /NOT ready, left by an abandoned deploy/);
    assert.match(mended.output, new RegExp(`after an unfinished deploy of ${commit.slice(0, 7)}`));
    await expectDeployed(next);
    await remove('held');
  });

  async function invocation(): Promise<string> {
    return (await world.host.root('systemctl show -p InvocationID --value shop.service')).stdout.trim();
  }
});

/** Resolves when a worker has taken a step for at least the given time. */
async function untilPending(world: World, step: string, attempt: number): Promise<void> {
  await onRun(world, async (run) => {
    await until(async () => {
      const { raw } = await run.describe();
      const pending = raw.pendingActivities ?? [];
      const found = pending.find(({ activityType }) => activityType?.name === step);
      // 2: PENDING_ACTIVITY_STATE_STARTED
      return found?.state === 2 && (found.attempt ?? 0) >= attempt;
    });
  });
}
