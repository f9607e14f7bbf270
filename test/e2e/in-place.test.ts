import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CHECKOUT, setUpByHand } from '../harness/hand-made-checkout';
import { MARKERS, shop, unreadyWhile } from '../harness/shop';
import { terminate } from '../harness/temporal-ui';
import { until } from '../harness/until';
import { World } from '../harness/world';

const GUARD = '/etc/systemd/system/landfall-checkout-shop.service';
const SETTINGS = 'import local_settings';

describe('a service that runs from its checkout', () => {
  let world: World;
  let byHand: string;
  let good: string;
  before(async () => {
    world = await World.start({ setUp: false });
    configure({});
    byHand = world.repository.commit('by hand', shop('0', SETTINGS));
    await setUpByHand(world);
    await world.setUp();
    await serves('0');
  });
  after(() => world?.stop());

  function configure(changes: object): void {
    world.configure({
      layout: 'in-place',
      strategy: undefined,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      readiness: { timeout: '6s', requestTimeout: '2s', successes: 2 },
      ...changes,
    });
  }

  /** Git's output in the checkout. */
  async function git(words: string): Promise<string> {
    const { stdout } = await world.host.root(`runuser -u deploy -- git -C ${CHECKOUT} ${words}`);
    return stdout.trim();
  }

  const root = (command: string) => world.host.root(command);
  const make = (marker: string) => root(`touch ${MARKERS}/${marker}`);
  const remove = (marker: string) => root(`rm -f ${MARKERS}/${marker}`);

  async function serves(version: string): Promise<void> {
    await until(async () => (await world.ask('/')).body.includes(`"version":"${version}"`));
  }

  /** The program of the main process, without links, and where it runs. */
  async function process(): Promise<{ environment: string; place: string; commit: string }> {
    const { stdout } = await root(`pid=$(systemctl show -p MainPID --value shop)
      tr '\\0' '\\n' < /proc/$pid/cmdline | sed -n 1p; readlink /proc/$pid/cwd; git -c safe.directory=${CHECKOUT} -C ${CHECKOUT} rev-parse HEAD`);
    const [environment = '', place = '', commit = ''] = stdout.split('\n');
    return { environment, place, commit };
  }

  async function expectUntouched(): Promise<void> {
    const { environment, place, commit } = await process();
    assert.match(environment, new RegExp(`^${CHECKOUT}/venv/bin/`));
    assert.deepEqual([place, commit], [CHECKOUT, byHand]);
    assert.equal(await git('status --porcelain --untracked-files=no'), '');
    assert.equal(await git('symbolic-ref HEAD'), 'refs/heads/main');
  }

  it('refuses what it would lose or cannot change, before it changes anything', async () => {
    const next = world.repository.commit('with notes', { ...shop('1', SETTINGS), 'notes/today.txt': 'x' });
    await root(`echo '# by hand' >> ${CHECKOUT}/main.py`);
    await root(`systemd-run --quiet --unit=jobs -p User=shop -p WorkingDirectory=${CHECKOUT} sleep infinity`);
    const changed = await world.deploy(next);
    await root('systemctl stop jobs');
    assert.match(changed.output, /jobs\.service runs from \/srv\/shop too, .*under processes:/);
    assert.equal(changed.code, 2, changed.output);
    assert.match(changed.output, /\/srv\/shop on \S+ has local changes, which a deploy would lose: main\.py/);
    assert.match(changed.output, /git -C \/srv\/shop stash/);
    await git('checkout --quiet main.py');

    await root(`install -o shop -d ${CHECKOUT}/notes && echo mine > ${CHECKOUT}/notes/today.txt`);
    const inTheWay = await world.deploy(next);
    assert.notEqual(inTheWay.code, 0, inTheWay.output);
    assert.match(inTheWay.output, /that Git does not track there: notes\/today\.txt/);
    const kept = await root(`cat ${CHECKOUT}/notes/today.txt; rm -r ${CHECKOUT}/notes`);
    assert.equal(kept.stdout, 'mine\n');

    await root(`chown root ${CHECKOUT}/.git/objects`);
    const foreign = await world.deploy(next);
    assert.equal(foreign.code, 2, foreign.output);
    assert.match(foreign.output, /\.git\/objects belongs to root; deploy, who moves the checkout, cannot/);
    assert.match(foreign.output, /chown -R --no-dereference --from=root deploy \/srv\/shop/);
    await root(`chown -R --no-dereference --from=root deploy ${CHECKOUT}`);
    await expectUntouched();
  });

  it('goes back to the commit and the packages of the unit from before', async () => {
    await make('bad');
    await root(`install -o shop -m 644 /dev/null ${CHECKOUT}/app.db`);
    const bad = world.repository.commit('bad', {
      ...shop('2', SETTINGS, unreadyWhile('bad')),
      'notes/today.txt': null,
    });
    const ran = await world.deploy(bad);
    assert.equal(ran.code, 3, ran.output);
    await expectUntouched();
    await serves('0');
    await remove('bad');
    assert.equal((await root(`stat -c %U ${CHECKOUT}/app.db ${CHECKOUT}/shared`)).stdout, 'shop\nshop\n');
  });

  it('serves a new commit from the checkout, with packages of its own', async () => {
    good = world.repository.commit('good', shop('3', SETTINGS));
    const planned = await world.landfall('plan', 'shop', '--ref', good);
    assert.equal(planned.code, 0, planned.output);
    assert.match(planned.output, new RegExp(`stop, and move ${CHECKOUT} to ${good.slice(0, 7)}`));
    assert.match(planned.output, new RegExp(`--chdir=${CHECKOUT} --`));
    const ran = await world.deploy(good);
    assert.equal(ran.code, 0, ran.output);
    await serves('3');
    const { environment, place, commit } = await process();
    assert.match(environment, /^\/srv\/shop\.landfall\/releases\/\d+-\w+\/\.venv\/bin\/python/);
    assert.deepEqual([place, commit], [CHECKOUT, good]);
    const { stdout } = await root('cat /etc/systemd/system/shop.service');
    assert.ok(!stdout.includes('--preload'), stdout);
    assert.equal(
      (await root(`stat -c %U ${CHECKOUT}/app.db ${CHECKOUT}/local_settings.py`)).stdout,
      'shop\ndeploy\n',
    );
  });

  it('goes back to the release before, and keeps what a bad one has changed', async () => {
    await make('bad');
    const bad = world.repository.commit('bad again', shop('4', SETTINGS, unreadyWhile('bad')));
    const ran = await world.deploy(bad);
    assert.equal(ran.code, 3, ran.output);
    await remove('bad');
    await serves('3');
    assert.equal((await process()).commit, good);
    assert.equal(await git('status --porcelain --untracked-files=no'), '');
  });

  it('boots last good on its own commit after a power loss in an abandoned deploy, and is repaired', async () => {
    await make('bad');
    const held = world.repository.commit('held', shop('5', SETTINGS, unreadyWhile('bad')));
    const deploying = world.begin('deploy', ['shop', '--ref', held]);
    await deploying.says(/✓ .* restart with/);
    await terminate(world);
    await deploying.ended;
    await remove('bad');
    await root(`echo '# meanwhile' >> ${CHECKOUT}/main.py`);
    assert.equal(await git('rev-parse HEAD'), held);
    assert.equal((await root(`ls ${GUARD}`)).code, 0);
    await world.host.powerLoss();
    // The guard ran before the service: last good serves its own commit with its own packages, before any repair.
    await serves('3');
    const booted = await process();
    assert.equal(booted.commit, good);
    assert.match(booted.environment, /^\/srv\/shop\.landfall\/releases\//);
    const said = await root('journalctl --no-pager -b -o cat -u landfall-checkout-shop');
    assert.match(said.stdout, new RegExp(`${CHECKOUT} is at ${good.slice(0, 12)} again`));
    assert.notEqual((await root(`ls ${GUARD}`)).code, 0);
    const repaired = await world.landfall('doctor', 'shop', '--repair');
    assert.equal(repaired.code, 0, repaired.output);
    await serves('3');
    assert.equal((await process()).commit, good);
    const saved = await git(`for-each-ref '--format=%(objectname)' refs/landfall-saved`);
    assert.match(await git(`show ${saved}:main.py`), /# meanwhile$/);
    const well = await world.landfall('doctor', 'shop');
    assert.equal(well.code, 0, well.output);
  });

  it('is given back as a plain unit that runs from its checkout', async () => {
    const ran = await world.landfall('eject', 'shop', '--yes');
    assert.equal(ran.code, 0, ran.output);
    await serves('3');
    const { environment, place, commit } = await process();
    assert.deepEqual([environment, place, commit], [`${CHECKOUT}.venv/bin/python`, CHECKOUT, good]);
    const { stdout } = await root('cat /etc/systemd/system/shop.service');
    assert.match(stdout, /^# Written by landfall eject/);
    assert.ok(!stdout.includes('--preload'), stdout);
    const back = await world.landfall('setup', world.host.name, '--yes');
    assert.equal(back.code, 0, back.output);
  });

  it('goes over to releases in one deploy, and leaves the checkout as it is', async () => {
    configure({ layout: 'releases', base: '/srv/shop.landfall', strategy: 'restart' });
    const last = world.repository.commit('releases', shop('6', 'GREETING = 1'));
    const ran = await world.deploy(last);
    assert.equal(ran.code, 0, ran.output);
    await serves('6');
    assert.match((await process()).place, /^\/srv\/shop\.landfall\/releases\//);
    assert.equal(await git('rev-parse HEAD'), good);
    const back = await world.landfall('rollback', 'shop');
    assert.equal(back.code, 0, back.output);
    await serves('3');
  });
});
