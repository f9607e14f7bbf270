import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { until } from '../harness/until';
import { World } from '../harness/world';

describe('the soak: a release is watched before it counts as good', () => {
  let world: World;
  let live: string | null;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
  });
  after(() => world?.stop());

  const make = (marker: string) => world.host.root(`install -o shop /dev/null ${MARKERS}/${marker}`);
  const remove = (marker: string) => world.host.root(`rm -f ${MARKERS}/${marker}`);

  /** Begins a deploy with a soak that lasts for longer than a test, and waits until it soaks. */
  async function soaking(soak: object, files: Record<string, string>) {
    world.configure({ soak: { time: '1h', interval: '1s', ...soak } });
    const commit = world.repository.commit('soaked', files);
    const running = world.begin('deploy', ['shop', '--ref', commit]);
    await running.says(/is \d+-\w+ ready from outside · ready/);
    world.configure({});
    return { commit, running };
  }

  it('a release that stays good through it is deployed', async () => {
    world.configure({ soak: { time: '3s', interval: '1s' } });
    const commit = world.repository.commit('through', shopWith(unreadyWhile('all_bad')));
    const ran = await world.deploy(commit);
    world.configure({});
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /✓ host-\d+: soak for 3 s · 3\.0 s, [3-9] looks/);
    live = await releaseOf(world, commit);
    await expectTidy(world, { live });
  });

  it('one that stops being ready is rolled back, with its last answer', async () => {
    const { running } = await soaking({}, shopWith(unreadyWhile('gone_bad')));
    await make('gone_bad');
    const { code, output } = await running.ended;
    await remove('gone_bad');
    assert.equal(code, 3, output);
    assert.match(output, /went bad in its soak: \/health\/ready: status 503/);
    assert.match(output, /"failed":"gone_bad"/);
    await expectTidy(world, { live });
  });

  it('where going forward fails before it changes anything, the run asks again, and can still be rolled back', async () => {
    const { running } = await soaking({}, shopWith(unreadyWhile('all_bad')));
    await make('all_bad');
    const { code, output } = await running.ended;
    assert.equal(code, 4, output);

    const helper = '/usr/local/lib/landfall/landfall-host';
    await world.host.root(`mv ${helper} ${helper}.away`);
    const forward = await world.landfall('decide', 'shop', 'go-forward');
    await world.host.root(`mv ${helper}.away ${helper}`);
    assert.equal(forward.code, 4, forward.output);
    assert.match(forward.output, /NEEDS AN OPERATOR/);
    assert.match(forward.output, /What failed: SetupNeeded on host-\d+/);

    await remove('all_bad');
    const back = await world.landfall('decide', 'shop', 'retry');
    assert.equal(back.code, 3, back.output);
    await expectTidy(world, { live });
  });

  it('one bad answer is not enough', async () => {
    const once = `
def once():
    if IN_SERVICE and (MARKERS / "once").exists():
        (MARKERS / "once").unlink()
        return "once"
CHECKS.append(once)
`;
    world.configure({ soak: { time: '4s', interval: '1s' } });
    const commit = world.repository.commit('once', shopWith(once));
    const running = world.begin('deploy', ['shop', '--ref', commit]);
    await running.says(/is \d+-\w+ ready from outside · ready/);
    await make('once');
    const { code, output } = await running.ended;
    world.configure({});
    assert.equal(code, 0, output);
    const { stdout } = await world.host.root(`ls ${MARKERS}`);
    assert.doesNotMatch(stdout, /once/, 'it was asked, and answered badly');
    live = await releaseOf(world, commit);
  });

  it('one whose process ends is rolled back at once, although systemd starts it again', async () => {
    const { running } = await soaking({ interval: '30s' }, shopWith());
    const release = await liveRelease(world);
    await world.host.root(`systemctl kill -s KILL --kill-whom=main shop@${release}.service`);
    const { code, output } = await running.ended;
    assert.equal(code, 3, output);
    assert.match(output, /CrashLoop on host-\d+: .* went bad in its soak: its process did not continue/);
    await expectTidy(world, { live });
  });

  it('its own command judges too, as the service and in the release', async () => {
    await make('smoke');
    const command = ['sh', '-c', `test "$(id -un)" = shop && test -e main.py && cat ${MARKERS}/smoke`];
    const { running } = await soaking({ command }, shopWith());
    await running.says(/soak for 3600 s: \d+ s: /).catch(() => undefined);
    const jobs = 'ls /var/lib/landfall/shop/jobs | grep -c soak';
    await until(async () => Number((await world.host.root(jobs)).stdout) > 0);
    await remove('smoke');
    const { code, output } = await running.ended;
    assert.equal(code, 3, output);
    assert.match(output, /its command ended with exit status 1: cat: .*smoke: No such file/);
    assert.equal(Number((await world.host.root(jobs)).stdout), 1, 'only the last one is kept');
    await expectTidy(world, { live });
  });

  it('its own url judges too, asked from the controller', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.statusCode = asked > 3 ? 500 : 204;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/errors`;
    const { running } = await soaking({ url }, shopWith());
    const { code, output } = await running.ended;
    server.close();
    assert.equal(code, 3, output);
    assert.match(output, /went bad in its soak: http:\/\/127\.0\.0\.1:\d+\/errors: status 500/);
    await expectTidy(world, { live });
  });

  it('another deploy gets past it with --supersede, and nothing is taken back for that', async () => {
    const { commit, running } = await soaking({}, shopWith());
    const soaked = await releaseOf(world, commit);
    const hotfix = world.repository.commit('hotfix', shopWith());
    const refused = await world.deploy(hotfix);
    assert.equal(refused.code, 1, refused.output);
    assert.match(
      refused.output,
      /That run soaks \(host-\d+ until .* UTC\): wait for it .* end it with --supersede/,
    );
    const ran = await world.deploy(hotfix, '--supersede');
    assert.equal(ran.code, 0, ran.output);
    const { code, output } = await running.ended;
    assert.equal(code, 4, output);
    assert.match(output, /SUPERSEDED/);
    assert.match(ran.output, new RegExp(`live: ${soaked}, ready`), 'the soaked one served on');
    live = await releaseOf(world, hotfix);
    await expectTidy(world, { live });
  });

  it('a hotfix over it that is bad goes back to what soaked', async () => {
    const { commit, running } = await soaking({}, shopWith());
    const soaked = await releaseOf(world, commit);
    await make('unready');
    world.configure({ readiness: { timeout: '5s', requestTimeout: '1s' } });
    const bad = await world.deploy(
      world.repository.commit('bad hotfix', shopWith(unreadyWhile('unready'))),
      '--supersede',
    );
    world.configure({});
    await remove('unready');
    assert.equal(bad.code, 2, bad.output);
    await running.ended;
    assert.equal(await liveRelease(world), soaked);
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    assert.equal(await liveRelease(world), live, 'the boot unit is last good');
  });
});
