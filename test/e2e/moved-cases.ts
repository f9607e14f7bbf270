import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answerAt } from '../harness/answer';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import type { Running } from '../harness/running';
import { shop, shopWith, unreadyWhile } from '../harness/shop';
import { terminate } from '../harness/temporal-ui';
import type { Strategy } from '../harness/world';
import { World } from '../harness/world';

/** Answers `/alive` too, and no longer `/health/ready`. */
function renamed(version: string): Record<string, string> {
  const files = shop(version);
  return { ...files, 'main.py': files['main.py'].replaceAll('/health/ready', '/alive') };
}

export function movedCases(strategy: Strategy): void {
  describe(`a deploy that changes where and how the service is asked: ${strategy}`, () => {
    let world: World;
    let good: string;
    before(async () => {
      world = await World.start({ strategy });
      good = await deployed(shop('first'));
    });
    after(() => world?.stop());

    /** Changes landfall.yaml from now on. */
    function configure({ port = 8000, path = '/health/ready', soak = false as object | false } = {}): void {
      const [entry] = world.hostEntries();
      const hosts = [{ ...entry, bind: `${world.host.address}:${port}` }];
      const readiness = { path, timeout: '10s', requestTimeout: '2s', successes: 3 };
      world.configure({ environments: { production: { hosts } }, readiness, soak });
    }

    async function deployed(files: Record<string, string>): Promise<string> {
      const sha = world.repository.commit('good', files);
      const ran = await world.deploy(sha);
      assert.equal(ran.code, 0, ran.output);
      return sha;
    }

    async function servesAt(port: number, path: string): Promise<void> {
      // On a connection of its own: a kept one may still lead to the old release.
      const answer = await answerAt(`http://${world.host.address}:${port}${path}`);
      assert.equal(answer.status, 200);
      const [free] = [8000, 8005].filter((other) => other !== port);
      const { stdout } = await world.host.root(`ss -Hltn 'src ${world.host.address} and sport = :${free}'`);
      assert.equal(stdout, '', `${free} is free`);
    }

    const asBefore = async () => {
      await expectTidy(world, { live: await releaseOf(world, good) });
      await servesAt(8000, '/health/ready');
    };

    /** Serves at the new address, and is unready there from the moment on that a file is made. */
    const turnsBad = () => shopWith(unreadyWhile('bad'));
    const mark = (command: string) => world.host.root(`${command} /srv/shop/shared/bad`);

    /** Serves at the new address, and soaks. */
    async function inItsSoak(name: string, interval = '2s'): Promise<Running> {
      configure({ port: 8005, soak: { time: '1h', interval } });
      const commit = world.repository.commit(name, turnsBad());
      const deploying = world.begin('deploy', ['shop', '--ref', commit]);
      await deploying.says(/✓ .*: is \S+ ready/);
      return deploying;
    }

    it('that is bad is gone back from to where the old release was, and verified there', async () => {
      const deploying = await inItsSoak('bad', '1s');
      await mark('touch');
      const ran = await deploying.ended;
      await mark('rm');
      assert.equal(ran.code, 3, ran.output);
      await asBefore();
    });

    // One unit that listens by itself takes its address along with its text.
    if (strategy === 'overlap') {
      it('that is cut off by a power loss boots the old release, where it was', async () => {
        const deploying = await inItsSoak('cut');
        await world.host.powerLoss();
        const ran = await deploying.ended;
        assert.equal(ran.code, 3, ran.output);
        await asBefore();
      });

      it('that was abandoned is repaired to the address of last good, also by a deploy that moves it too', async () => {
        const deploying = await inItsSoak('torn');
        await terminate(world);
        assert.equal((await deploying.ended).code, 4);
        configure({ port: 8005 });
        await mark('touch');
        const ran = await world.deploy(world.repository.commit('bad too', turnsBad()));
        await mark('rm');
        assert.ok(ran.code === 2 || ran.code === 3, ran.output);
        assert.match(ran.output, /restored/);
        await asBefore();
      });
    }

    it('that is good needs nothing else, and neither does its rollback', async () => {
      const first = good;
      configure({ path: '/alive' });
      const second = await deployed(renamed('second'));
      await servesAt(8000, '/alive');
      configure({ port: 8005, path: '/alive' });
      await deployed(renamed('third'));
      await servesAt(8005, '/alive');
      const back = await world.landfall('rollback', 'shop');
      assert.equal(back.code, 0, back.output);
      assert.equal(await liveRelease(world), await releaseOf(world, second));
      // The first one does not know the path that landfall.yaml names now.
      configure({ path: '/alive' });
      const further = await world.landfall('rollback', 'shop');
      assert.equal(further.code, 0, further.output);
      await expectTidy(world, { live: await releaseOf(world, first) });
      await servesAt(8000, '/health/ready');
    });
  });
}
