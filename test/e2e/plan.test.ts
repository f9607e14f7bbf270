import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PlanJson } from '../../src/cli/output/plan-json';
import { expectNoSecret, expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { importsAfter, MARKERS, shopWith } from '../harness/shop';
import { World } from '../harness/world';

/** All of the host that a deploy changes, and how often systemd has read its units and started the service. */
const STATE = `
find /etc/systemd /run/systemd/system.control /run/systemd/system /var/lib/landfall /srv/shop /etc/landfall \
  /run/landfall -xdev -not -type d -printf '%p %s %T@ %l\\n' 2>/dev/null | sort
find /srv/shop/releases /srv/shop/venvs /run/landfall -maxdepth 1
cat /var/lib/landfall/shop/state.json
systemctl show -p MainPID,InvocationID,NRestarts,ActiveState shop.service 'shop@*.service' shop.socket
systemctl list-unit-files --no-legend 'shop*'`;

describe('a plan, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
  });
  after(() => world?.stop());

  const planJson = async (...more: string[]): Promise<PlanJson & { code: number | null }> => {
    const { code, output } = await world.landfall('plan', 'shop', '--json', ...more);
    assert.ok(output.startsWith('{'), output);
    return { ...JSON.parse(output), code };
  };
  const state = async () => (await world.host.root(STATE)).stdout;

  it('before a first deploy, the unit is new and nothing is compared', async () => {
    const first = world.repository.commit('first', shopWith());
    const { code, groups, comparisons, lastDeploys } = await planJson('--ref', first);
    assert.equal(code, 0);
    assert.deepEqual([groups[0]?.plan.how, groups[0]?.plan.unit?.removed], ['alongside', 0]);
    assert.deepEqual([comparisons, lastDeploys], [[], []]);
    const ran = await world.deploy(first);
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, first) });
  });

  it('tells what changes with another dependency and other settings, and changes nothing', async () => {
    const before = await state();
    assert.match(before, /shop\.socket[\s\S]*"fence": ?1[\s\S]*ActiveState=active/);
    const second = world.repository.commit('second', { 'requirements.txt': 'six==1.17.0\n' });
    world.configure({ env: { GREETING: 'hello-plan' } });
    const { code, groups, comparisons, lastDeploys } = await planJson('--ref', second);
    assert.equal(code, 0);
    const plan = groups[0]?.plan;
    assert.equal(plan?.interruption, null);
    assert.deepEqual([plan?.unit?.added, plan?.unit?.removed], [1, 0], plan?.unit?.diff);
    assert.match(plan?.unit?.diff ?? '', /\n\+ {4}"?GREETING=\*\*\*/);
    assert.equal(comparisons[0]?.added.newest[0]?.subject, 'second');
    assert.ok(comparisons[0]?.dependencies.changes.some(({ name, to }) => name === 'six' && to === '1.17.0'));
    assert.equal(lastDeploys?.length, 1);
    const text = await world.landfall('plan', 'shop', '--ref', second);
    assert.match(text.output, /Nothing would be refused\./);
    assert.equal(await state(), before);
    await expectNoSecret(world, text.output);
    assert.ok(!text.output.includes('hello-plan'), 'values of settings are masked');
  });

  it('exits with 2 where the deploy would be refused, and says why', async () => {
    const before = await state();
    world.configure({ python: 'python9.9' });
    const { code, output } = await world.landfall('plan', 'shop', '--ref', 'main');
    world.configure({});
    assert.equal(code, 2, output);
    assert.match(output, /REFUSED\. InvalidInput: .* has no Python that fits python9\.9/);
    const unknown = await planJson('--ref', 'no-such-branch');
    assert.deepEqual([unknown.code, unknown.commit], [2, null]);
    const back = await planJson('--rollback');
    assert.deepEqual([back.code, back.refused[0]?.type], [2, 'InvalidInput']);
    assert.equal(await state(), before);
  });

  it('runs while a deploy runs, says so, and does not disturb it', async () => {
    await world.host.root(`touch ${MARKERS}/held`);
    const held = world.repository.commit('held', shopWith(importsAfter('held')));
    const deploying = world.begin('deploy', ['shop', '--ref', held]);
    await deploying.says(/dependencies/);
    const { code, underway, groups } = await planJson('--ref', 'main');
    assert.equal(code, 0);
    assert.match(underway ?? '', new RegExp(held.slice(0, 7)));
    assert.deepEqual(groups[0]?.plan.repairs, []);
    await world.host.root(`rm ${MARKERS}/held`);
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await liveRelease(world), await releaseOf(world, held));
    const back = await planJson('--rollback');
    assert.deepEqual([back.code, back.comparisons[0]?.removed.count], [0, 2]);
  });
});
