import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import type { Running } from '../harness/running';
import { MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { ended, reset, terminate } from '../harness/temporal-ui';
import type { Strategy } from '../harness/world';
import { World } from '../harness/world';

export function doctorCases(strategy: Strategy): void {
  describe(`the doctor, with strategy ${strategy}`, () => {
    let world: World;
    let good: string;
    before(async () => {
      world = await World.start({ strategy, durableEngine: true });
      configure({});
      good = world.repository.commit('good', shopWith(unreadyWhile('broken')));
      const ran = await world.deploy(good);
      assert.equal(ran.code, 0, ran.output);
    });
    after(() => world?.stop());

    const make = (marker: string) => world.host.root(`touch ${MARKERS}/${marker}`);
    const remove = (marker: string) => world.host.root(`rm -f ${MARKERS}/${marker}`);

    function configure(changes: object): void {
      const readiness = { timeout: '15s', requestTimeout: '2s', successes: 2 };
      world.configure({
        readiness,
        rehearse: false,
        gunicorn: { workers: 1, gracefulTimeout: '5s' },
        ...changes,
      });
    }

    /**
     * A deploy that is in its release phase, with the new release live, until the test ends it.
     * @param marker makes it unready while it is there
     */
    async function deployHeld(marker = 'held'): Promise<{ commit: string; deploying: Running }> {
      // During the soak, an unready release must not roll back before the test has done the rest.
      const readiness = { timeout: '15s', requestTimeout: '2s', successes: 2, tolerance: '1m' };
      configure(strategy === 'overlap' ? { readiness, soak: { time: '1h' } } : { readiness });
      if (strategy === 'restart') await make(marker);
      const commit = world.repository.commit('held', shopWith(unreadyWhile(marker)));
      const deploying = world.begin('deploy', ['shop', '--ref', commit]);
      await deploying.says(strategy === 'overlap' ? /✓ .* ready from outside/ : /✓ .* restart with/);
      configure({});
      return { commit, deploying };
    }

    async function tornOff(marker = 'held'): Promise<string> {
      const { commit, deploying } = await deployHeld(marker);
      await terminate(world);
      const ran = await deploying.ended;
      assert.equal(ran.code, 4, ran.output);
      assert.match(ran.output, /What to do: deploy again, or landfall doctor/);
      return commit;
    }

    async function expectGoodLive(): Promise<void> {
      await expectTidy(world, { live: await releaseOf(world, good) });
      assert.equal((await world.ask('/health/ready')).status, 200);
    }

    async function expectWell(): Promise<void> {
      await expectGoodLive();
      const ran = await world.landfall('doctor', 'shop');
      assert.equal(ran.code, 0, ran.output);
      assert.match(ran.output, /WELL\. \S+ is live, ready and last good/);
    }

    async function repaired(...more: string[]): Promise<string> {
      const ran = await world.landfall('doctor', 'shop', '--repair', ...more);
      assert.equal(ran.code, 0, ran.output);
      assert.match(ran.output, /WELL: nothing is left to repair of shop in production/);
      await expectGoodLive();
      return ran.output;
    }

    const footprint = () =>
      world.host.root(
        'sha256sum /var/lib/landfall/shop/state.json; systemctl show -p InvocationID shop.service "shop@*.service"',
      );

    it('leaves a host that is well exactly as it is', async () => {
      const before = (await footprint()).stdout;
      await expectWell();
      assert.match(await repaired(), /nothing to repair/);
      assert.equal((await footprint()).stdout, before);
    });

    it('a run terminated in its release phase: the doctor sees it, and --repair restores last good once that can serve', async () => {
      // Of its own, because this release becomes last good for the tests that follow.
      const commit = await tornOff('held_first');
      const seen = await world.landfall('doctor', 'shop');
      assert.equal(seen.code, 4, seen.output);
      const [left, back] = [await releaseOf(world, commit), await releaseOf(world, good)];
      assert.equal(await liveRelease(world), left);
      assert.match(seen.output, new RegExp(`live +${left}, `));
      assert.match(seen.output, new RegExp(`last good +${back} `));
      assert.match(seen.output, new RegExp(`boots +${back}\n`));
      assert.match(seen.output, new RegExp(`claim +open: commit ${commit.slice(0, 7)} by .* since 20`));
      assert.match(seen.output, new RegExp(`--repair +would take .* close it; .*restore ${back}`));
      assert.match(seen.output, /What to do: landfall doctor shop --env production --repair/);

      await make('broken');
      const ran = await world.landfall('doctor', 'shop', '--repair');
      assert.equal(ran.code, 4, ran.output);
      assert.match(ran.output, /NOT REPAIRED: shop in production needs an operator/);
      assert.match(ran.output, /What to do: .*then again: landfall doctor shop --env production --repair/);
      assert.equal((await world.landfall('status', 'shop')).code, 4);
      await remove('broken');

      assert.match(await repaired(), new RegExp(`${back} \\(ready, repaired\\)`));
      await expectWell();
      const status = await world.landfall('status', 'shop');
      assert.equal(status.code, 0, status.output);
      assert.match(status.output, /WELL: nothing is left to repair/);
      await remove('held_first');
      // The commit of the abandoned run: neither that run nor the repair is taken for this deploy.
      const next = await world.deploy(commit);
      assert.equal(next.code, 0, next.output);
      await expectTidy(world, { live: await liveRelease(world) });
      good = commit;
    });

    // The rest is about runs and the engine. It does not depend on the strategy.
    if (strategy === 'restart') return;

    it('a rollback from there restores last good too, and needs no repository', async () => {
      await tornOff();
      configure({ repository: '/nowhere' });
      const back = await world.landfall('rollback', 'shop');
      configure({});
      await remove('held');
      assert.equal(back.code, 0, back.output);
      const live = await releaseOf(world, good);
      assert.match(back.output, new RegExp(`${live} \\(ready, last good\\): ${live} restored`));
      await expectGoodLive();
    });

    it('the next deploy does the same by itself, and goes back to last good when it fails', async () => {
      await tornOff();
      await make('bad');
      const bad = world.repository.commit('bad', shopWith(unreadyWhile('bad')));
      const ran = await world.deploy(bad);
      assert.equal(ran.code, 2, ran.output);
      assert.match(ran.output, /left by an abandoned deploy/);
      await remove('bad');
      await remove('held');
      await expectGoodLive();
    });

    it('does not disturb a deploy that runs, but looks; one that soaks it may supersede', async () => {
      const { commit, deploying } = await deployHeld();
      const seen = await world.landfall('doctor', 'shop');
      assert.match(seen.output, /A RUN IS AT WORK HERE/);
      assert.match(seen.output, new RegExp(`Under way: ${commit.slice(0, 7)}, asked for by .*, since 20`));
      assert.equal(seen.code, 0, seen.output);
      const refused = await world.landfall('doctor', 'shop', '--repair');
      assert.equal(refused.code, 1, refused.output);
      assert.match(
        refused.output,
        new RegExp(`is under way, and is not disturbed: ${commit.slice(0, 7)}, asked for by .*, since 20`),
      );
      assert.match(refused.output, /end it with --supersede; then its hosts are repaired/);
      await repaired('--supersede');
      assert.equal((await deploying.ended).code, 4);
    });

    it('a run that was reset in its release phase changes nothing more, and --repair repairs the host', async () => {
      const { commit, deploying } = await deployHeld();
      const left = await liveRelease(world);
      await reset(world);
      assert.equal((await deploying.ended).code, 4);
      // The run continues to watch, as the previous one did; ending it must not undo anything either.
      await world.landfall('cancel', 'shop');
      assert.equal(await ended(world), 'FAILED');
      assert.equal(await liveRelease(world), left);
      assert.equal(left, await releaseOf(world, commit));
      const back = await releaseOf(world, good);
      assert.match(await repaired(), new RegExp(`${back} \\(ready, repaired\\): ${back} restored`));
      await remove('held');
    });

    it('an engine lost with its database: refused without --take-over, repaired with it', async () => {
      const { deploying } = await deployHeld();
      deploying.kill('SIGINT');
      await deploying.ended;
      await world.loseEngine();
      const left = await liveRelease(world);
      const seen = await world.landfall('doctor', 'shop');
      assert.equal(seen.code, 4, seen.output);
      assert.match(seen.output, /from another engine or environment/);
      assert.match(seen.output, /--take-over/);
      const refused = await world.landfall('doctor', 'shop', '--repair');
      assert.equal(refused.code, 4, refused.output);
      assert.match(refused.output, /A deploy of another engine .* is unfinished on this host.*--take-over/s);
      assert.equal(await liveRelease(world), left);
      await repaired('--take-over');
    });
  });
}
