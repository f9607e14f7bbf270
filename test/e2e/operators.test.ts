import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectNoSecret, expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { damages, importsAfter, MARKERS, repairs, shopWith, unreadyWhile } from '../harness/shop';
import { onRun } from '../harness/temporal-ui';
import { World } from '../harness/world';

/** Unready in service once `broken` is there; its own start makes that while `armed` is there. */
const breaking = shopWith(unreadyWhile('broken'), damages('broken', { whileThere: 'armed' }));

describe('operators', () => {
  let world: World;
  let good: string;
  before(async () => {
    world = await World.start();
    readyWithin('10s');
    good = world.repository.commit('good', shopWith(unreadyWhile('broken')));
    const ran = await world.deploy(good);
    assert.equal(ran.code, 0, ran.output);
  });
  after(() => world?.stop());

  function readyWithin(timeout: string): void {
    world.configure({
      readiness: { timeout, requestTimeout: '2s', successes: 2 },
      // Commands come while an import is held.
      preImport: { timeout: '120s' },
      rehearse: false,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
    });
  }

  const make = (...markers: string[]) => world.host.root(`cd ${MARKERS} && touch ${markers.join(' ')}`);
  const remove = (...markers: string[]) => world.host.root(`cd ${MARKERS} && rm -f ${markers.join(' ')}`);

  /** A deploy that fails and breaks the old release too. */
  async function failingRollback(): Promise<{ commit: string; output: string }> {
    await make('armed');
    const commit = world.repository.commit('breaks what the old one needs', breaking);
    // Long enough for a start on a busy machine, when there is a cause to fix.
    readyWithin('6s');
    const ran = await world.deploy(commit);
    readyWithin('10s');
    assert.equal(ran.code, 4, ran.output);
    return { commit, output: ran.output };
  }

  async function nextGoodDeploy(): Promise<string> {
    const commit = world.repository.commit('next good', shopWith(unreadyWhile('broken')));
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, commit) });
    return commit;
  }

  it('a rollback that fails too leaves the client at once and the run open, and says what to do', async () => {
    const old = await liveRelease(world);
    const { commit, output } = await failingRollback();
    assert.match(output, /NEEDS AN OPERATOR/);
    assert.match(output, /What failed: NotReady on host-\d+: .*status 503/);
    assert.match(output, /The rollback failed: NotReady on host-\d+: /);
    assert.match(output, /Last readiness answer on host-\d+:\n\s+status 503\n.*"failed":"broken"/);
    assert.match(output, /Journal of that start on host-\d+:\n(.*\n)*.*Booting worker/);
    assert.match(output, new RegExp(`Live now:\\n  host-\\d+: ${old} \\(NOT CERTAIN, needs an operator\\)`));
    assert.match(output, /What to do: .*landfall decide shop --env production retry .*accept .*go-forward/);
    await expectNoSecret(world, output);

    const status = await world.landfall('status', 'shop');
    assert.equal(status.code, 4);
    assert.match(status.output, /NEEDS AN OPERATOR/);
    assert.match(status.output, /landfall decide shop --env production retry/);

    const other = await world.deploy(world.repository.commit('another'));
    assert.equal(other.code, 1, other.output);
    assert.match(other.output, new RegExp(`${commit.slice(0, 7)}, asked for by .*, since .*needs-operator`));
    assert.match(other.output, /landfall decide.*--supersede/);
    const same = await world.deploy(commit);
    assert.equal(same.code, 4, same.output);
    assert.match(same.output, /NEEDS AN OPERATOR/);
  });

  it('retry before the cause is fixed fails again, and the run continues to wait', async () => {
    const again = await world.landfall('decide', 'shop', 'retry');
    assert.equal(again.code, 4, again.output);
    assert.match(again.output, /^The rollback of host-\d+ is tried again\.$/m);
    const late = await world.landfall('decide', 'shop', 'accept', '--question', '1');
    assert.equal(late.code, 1, late.output);
    assert.match(late.output, /Question 1 was answered with retry by /);
    const repeated = await world.landfall('decide', 'shop', 'retry', '--question', '1');
    assert.match(
      repeated.output,
      /Question 1 was answered so before, by .*: The rollback of host-\d+ is tried/,
    );
    assert.match(again.output, /Decided meanwhile: retry by /);
  });

  it('retry after the cause is fixed rolls back, and the next deploy is good', async () => {
    await remove('armed', 'broken');
    const retried = await world.landfall('decide', 'shop', 'retry');
    assert.equal(retried.code, 3, retried.output);
    assert.match(retried.output, /ROLLED BACK/);
    await expectTidy(world, { live: await releaseOf(world, good) });
    assert.equal((await world.ask('/health/ready')).status, 200);
    good = await nextGoodDeploy();
  });

  it('accept leaves the host as it stands and ends the run; the deploy of a fix needs --fix-forward', async () => {
    await failingRollback();
    const accepted = await world.landfall('decide', 'shop', 'accept');
    assert.equal(accepted.code, 4, accepted.output);
    assert.match(accepted.output, /^ACCEPTED AS IT STANDS: /m);
    assert.match(accepted.output, /Decided meanwhile: accept by /);
    const { claim } = JSON.parse((await world.host.root('cat /var/lib/landfall/shop/state.json')).stdout);
    assert.deepEqual([claim.state, claim.outcome], ['closed', 'accepted']);
    await expectTidy(world, { live: await releaseOf(world, good) });
    assert.equal((await world.ask('/health/ready')).status, 503);

    const repairing = repairs('broken', { whileThere: 'mending' });
    const mend = world.repository.commit('mends', shopWith(unreadyWhile('broken'), repairing));
    const refused = await world.deploy(mend);
    assert.equal(refused.code, 2, refused.output);
    assert.match(refused.output, /--fix-forward/);
    await make('mending');
    const mended = await world.deploy(mend, '--fix-forward');
    assert.equal(mended.code, 0, mended.output);
    await expectTidy(world, { live: await releaseOf(world, mend) });
    await remove('armed', 'mending');
    good = mend;
  });

  it('go-forward after the cause is fixed puts the new release in service', async () => {
    const { commit } = await failingRollback();
    await remove('armed', 'broken');
    const forward = await world.landfall('decide', 'shop', 'go-forward');
    assert.equal(forward.code, 0, forward.output);
    assert.match(forward.output, /DEPLOYED/);
    await expectTidy(world, { live: await releaseOf(world, commit) });
    assert.equal((await world.ask('/health/ready')).status, 200);
    good = commit;
  });

  it('a hotfix gets past the waiting run with --supersede', async () => {
    await failingRollback();
    const hotfix = world.repository.commit('hotfix', shopWith());
    const ran = await world.deploy(hotfix, '--supersede');
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, hotfix) });
    await remove('armed', 'broken');
    good = hotfix;
  });

  it('status tells how the latest deploy stands, also for programs and while no worker runs', async () => {
    await world.controller.stopWorkers();
    const text = await world.landfall('status', 'shop');
    assert.equal(text.code, 0, text.output);
    assert.match(text.output, new RegExp(`DEPLOYED ${good.slice(0, 7)}`));
    const json = await world.landfall('status', 'shop', '--json');
    assert.equal(json.code, 0, json.output);
    const { open, status } = JSON.parse(json.output);
    assert.deepEqual([open, status.outcome, status.commit], [false, 'deployed', good]);
    assert.deepEqual(Object.values(status.hosts), [
      { state: 'good', live: await liveRelease(world), problem: null, ran: true },
    ]);
    await world.controller.startWorker();
  });

  it('decide is refused when nothing waits; cancel before the release phase changes nothing', async () => {
    const ended = await world.landfall('decide', 'shop', 'accept');
    assert.equal(ended.code, 1, ended.output);
    assert.match(
      ended.output,
      /No deploy of shop to production is running\. The latest run ended as deployed/,
    );

    const live = await liveRelease(world);
    await make('importing');
    const slow = world.repository.commit('cancelled', shopWith(importsAfter('importing')));
    const deploying = world.begin('deploy', ['shop', '--ref', slow]);
    await deploying.says(/dependencies/);
    const running = await world.landfall('decide', 'shop', 'accept');
    assert.equal(running.code, 1, running.output);
    assert.match(running.output, /is not waiting for a decision/);

    const cancelled = await world.landfall('cancel', 'shop');
    assert.equal(cancelled.code, 0, cancelled.output);
    const ran = await deploying.ended;
    assert.equal(ran.code, 5, ran.output);
    assert.match(ran.output, /CANCELLED: .* is not live/);
    assert.match(ran.output, new RegExp(`${live} \\(not touched\\)`));
    await expectTidy(world, { live });
    await remove('importing');
  });

  it("Temporal's own cancel during the release phase rolls back", async () => {
    const live = await liveRelease(world);
    await make('held');
    const held = world.repository.commit('never ready', shopWith(unreadyWhile('held')));
    const deploying = world.begin('deploy', ['shop', '--ref', held]);
    await deploying.says(/✓ .* restart with/);
    await onRun(world, (run) => run.cancel());
    const ran = await deploying.ended;
    assert.equal(ran.code, 5, ran.output);
    assert.match(ran.output, /cancel requested/);
    assert.match(ran.output, /CANCELLED/);
    assert.match(ran.output, new RegExp(`${live} \\(as before, ready again\\)`));
    await expectTidy(world, { live });
    assert.equal((await world.ask('/health/ready')).status, 200);
    await remove('held');
  });
});
