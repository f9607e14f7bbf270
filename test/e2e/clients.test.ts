import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { importsAfter, MARKERS, shopWith } from '../harness/shop';
import { World } from '../harness/world';

/** Its import lasts until the test removes the marker. */
const held = shopWith(importsAfter('held'));

describe('clients', () => {
  let world: World;
  before(async () => {
    world = await World.start({ worker: false });
    world.configure({
      rehearse: false,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      // Several commands come while an import is held.
      preImport: { timeout: '120s' },
    });
  });
  beforeEach(async () => {
    await world.host.root(`touch ${MARKERS}/held`);
  });
  after(() => world?.stop());

  const letGo = () => world.host.root(`rm ${MARKERS}/held`);

  it('a deploy without a worker says so and waits, and continues when one starts', async () => {
    const first = world.repository.commit('first', shopWith());
    const deploying = world.begin('deploy', ['shop', '--ref', first]);
    await deploying.says(/No worker is connected to this engine; the deploy waits for one: landfall worker/);
    const status = await world.landfall('status', 'shop');
    assert.equal(status.code, 0, status.output);
    assert.match(status.output, /STILL RUNNING/);
    await world.controller.startWorker();
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, first) });
  });

  it('the same command twice at once is one deploy, and both are told its end', async () => {
    const commit = world.repository.commit('once', held);
    const both = [1, 2].map(() => world.begin('deploy', ['shop', '--ref', commit]));
    await Promise.all(both.map((deploying) => deploying.says(/dependencies/)));
    await letGo();
    const ran = await Promise.all(both.map((deploying) => deploying.ended));
    assert.deepEqual(
      ran.map(({ code }) => code),
      [0, 0],
      ran.map(({ output }) => output).join('\n'),
    );
    assert.equal(
      ran.filter(({ output }) => /already runs \(since .*\): following it/.test(output)).length,
      1,
    );
    await expectTidy(world, { live: await releaseOf(world, commit) });
  });

  it('another commit is refused while one is deployed, with who, what and since when; or it waits', async () => {
    const one = world.repository.commit('one', held);
    const other = world.repository.commit('other', shopWith());
    const deploying = world.begin('deploy', ['shop', '--ref', one], { GITHUB_ACTOR: 'ada' });
    await deploying.says(/dependencies/);
    const refused = await world.deploy(other);
    assert.equal(refused.code, 1, refused.output);
    assert.match(
      refused.output,
      new RegExp(`${one.slice(0, 7)}, asked for by ada \\(GitHub Actions\\), since 20`),
    );
    assert.match(refused.output, /--wait-for-running.*landfall cancel/);

    const waiting = world.begin('deploy', ['shop', '--ref', other, '--wait-for-running']);
    await waiting.says(new RegExp(`Waiting for ${one.slice(0, 7)}, asked for by ada`));
    await letGo();
    const first = await deploying.ended;
    assert.equal(first.code, 0, first.output);
    const second = await waiting.ended;
    assert.equal(second.code, 0, second.output);
    await expectTidy(world, { live: await releaseOf(world, other) });
  });

  it('Ctrl-C leaves the deploy alone, and the same command attaches to it again', async () => {
    const commit = world.repository.commit('interrupted', held);
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/dependencies/);
    deploying.kill('SIGINT');
    const left = await deploying.ended;
    assert.equal(left.code, 4, left.output);
    assert.match(left.output, /The deploy continues\. Run the same command to follow it again/);
    assert.match(left.output, /To stop the deploy: landfall cancel shop --env production/);

    await expectAttached(commit);
  });

  it('a killed client harms nothing', async () => {
    const commit = world.repository.commit('client killed', held);
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/dependencies/);
    deploying.kill('SIGKILL');
    await deploying.ended;
    await expectAttached(commit);
  });

  it('a re-run of the same CI run is told the old outcome; --again tries again', async () => {
    const live = await liveRelease(world);
    const ci = { GITHUB_RUN_ID: '4711', GITHUB_REPOSITORY: 'acme/shop', GITHUB_ACTOR: 'ada' };
    const bad = world.repository.commit('bad', shopWith('raise RuntimeError("broken import")'));
    const rejected = await world.begin('deploy', ['shop', '--ref', bad], ci).ended;
    assert.equal(rejected.code, 2, rejected.output);
    assert.match(rejected.output, /RuntimeError: broken import/);
    const latest = async () => JSON.parse((await world.landfall('status', 'shop', '--json')).output).runId;
    const run = await latest();

    const again = await world.begin('deploy', ['shop', '--ref', bad], ci).ended;
    assert.equal(again.code, 2, again.output);
    assert.match(again.output, /CI run github\/acme\/shop\/4711 has deployed this already.*--again/);
    assert.match(again.output, /REJECTED/);
    assert.match(again.output, /RuntimeError: broken import/);
    assert.equal(await latest(), run, 'no second try');

    const third = await world.begin('deploy', ['shop', '--ref', bad, '--again'], ci).ended;
    assert.equal(third.code, 2, third.output);
    assert.notEqual(await latest(), run, 'a second try');
    await expectTidy(world, { live });
  });

  /** The same command finds the deploy that a client left, and follows it to its good end. */
  async function expectAttached(commit: string): Promise<void> {
    const again = world.begin('deploy', ['shop', '--ref', commit]);
    await again.says(/already runs/);
    await letGo();
    const ran = await again.ended;
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, commit) });
  }
});
