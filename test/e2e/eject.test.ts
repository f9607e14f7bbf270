import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MARKERS, shop } from '../harness/shop';
import { until } from '../harness/until';
import { World } from '../harness/world';

const UNIT = '/etc/systemd/system/shop.service';
/** In force until the next boot. */
const UNPROVEN = '/run/systemd/system.control/shop.service';
/** Not ready without Landfall, while the marker is there. */
const NEEDS_LANDFALL = `CHECKS.append(lambda: "alone" if IN_SERVICE and (MARKERS / "alone").exists()
    and "LANDFALL_RELEASE" not in os.environ else None)`;
const FILES = {
  'worker.py': 'import time\nwhile True:\n    time.sleep(1)\n',
  'tick.py': 'print("tick")\n',
};
const PROCESSES = {
  worker: { command: ['python', 'worker.py'], stable: '500ms' },
  beat: { command: ['python', 'worker.py'], singleton: true, stable: '500ms' },
  tick: { command: ['python', 'tick.py'], schedule: 'yearly' },
};

describe('giving a service back that restarts', () => {
  let world: World;
  let commit: string;
  before(async () => {
    world = await World.start();
    world.configure({
      processes: PROCESSES,
      env: { COLOUR: 'dark "blue" $5 100%' },
      readiness: { timeout: '4s', requestTimeout: '2s', successes: 2 },
    });
    await world.env(['set', 'shop', 'API_TOKEN'], 'a "b" $c `d` \\ 100%');
    const drops = '/etc/systemd/system/shop@.service.d';
    await root(
      `mkdir -p ${drops} && printf '[Service]\\nNice=5\\n' > ${drops}/own.conf
      printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/shop-worker.service`,
    );
    commit = world.repository.commit('one', { ...shop('one', NEEDS_LANDFALL), ...FILES });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
  });
  after(() => world?.stop());

  async function root(command: string): Promise<string> {
    const { stdout } = await world.host.root(command);
    return stdout;
  }

  function eject(...more: string[]) {
    return world.landfall('eject', world.host.name, '--yes', ...more);
  }

  async function servesAsRelease(): Promise<void> {
    await until(async () => (await world.ask('/health/ready')).status === 200);
    assert.match(await root('systemctl cat shop.service'), /^# Written by Landfall for this release/m);
    assert.equal(await root(`ls ${UNPROVEN} /etc/systemd/system/shop-beat.service 2>/dev/null`), '');
  }

  it('is refused while a deploy is open, and names its run', async () => {
    const state = '/var/lib/landfall/shop/state.json';
    await root(`cp ${state} /tmp/state && sed -i 's/"state": "closed"/"state": "open"/' ${state}`);
    const run = JSON.parse(await root(`cat ${state}`)).claim.run;
    const refused = await eject();
    assert.notEqual(refused.code, 0, refused.output);
    assert.ok(refused.output.includes(`run ${run}`), refused.output);
    await root(`mv /tmp/state ${state}`);
  });

  it('leaves the release as it was, when the plain unit is not ready', async () => {
    await root(`touch ${MARKERS}/alone`);
    const failed = await eject();
    assert.notEqual(failed.code, 0, failed.output);
    assert.match(failed.output, /shop\.service was not ready within 4 s: \/health\/ready: it answered 503/);
    assert.match(failed.output, /runs release 1-\w+ of Landfall again, and is ready\. Nothing was ejected/);
    await servesAsRelease();
    const well = await world.landfall('doctor', 'shop');
    assert.equal(well.code, 0, well.output);
  });

  it('boots the release after a power loss in the middle', async () => {
    const ejecting = world.begin('eject', [world.host.name, '--yes']);
    await until(async () => (await root(`head -1 ${UNPROVEN} 2>/dev/null`)).includes('landfall eject'));
    await world.host.powerLoss();
    await ejecting.ended;
    await until(async () => (await world.ask('/health/ready')).status === 200);
    assert.match(await root(`cat ${UNIT}`), /^# Written by Landfall for this release/);
  });

  it('gives back the server, its processes and its variables', async () => {
    await root(`rm ${MARKERS}/alone`);
    const ran = await eject();
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /copy the release .* because git does not reach/);
    assert.match(ran.output, /one restart, during which requests fail/);
    assert.match((await world.ask('/')).body, /"version":"one"/);
    const units = ['shop.service', 'shop-worker-2.service', 'shop-beat.service', 'shop-tick.timer'];
    const states = await root(
      `systemctl is-active ${units.join(' ')}; systemctl is-enabled ${units.join(' ')}`,
    );
    assert.deepEqual(states.trim().split('\n'), [
      ...units.map(() => 'active'),
      ...units.map(() => 'enabled'),
    ]);
    assert.equal(await root("systemctl list-units --plain --no-legend 'shop@*'"), '');
    assert.match(await root('cat /etc/systemd/system/shop-worker.service'), /sleep infinity/);
    assert.equal(await root('systemctl show -p Nice --value shop-worker-2.service'), '5\n');
    assert.equal(await root('stat -c "%U %a" /etc/shop/landfall.env'), 'root 600\n');
    const variables = (await root(`cat /proc/$(systemctl show -p MainPID --value shop)/environ`)).split('\0');
    for (const wanted of ['COLOUR=dark "blue" $5 100%', 'API_TOKEN=a "b" $c `d` \\ 100%'])
      assert.ok(variables.includes(wanted), variables.join('\n'));
    assert.equal(await root('ps -eo args | grep landfall-host | grep -v grep'), '');
  });

  it('says so to the doctor, and setup takes the host back', async () => {
    const seen = await world.landfall('doctor', 'shop');
    assert.match(seen.output, /was given back on this host by `landfall eject`/);
    const back = await world.landfall('setup', world.host.name, '--yes');
    assert.match(back.output, /take shop back/);
    assert.match(back.output, /systemctl disable --now shop-beat\.service .*shop-worker-2\.service/);
    const ran = await world.deploy(world.repository.commit('two', shop('two')));
    assert.equal(ran.code, 0, ran.output);
    assert.match((await world.ask('/')).body, /"version":"two"/);
  });
});
