import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { crashesAtStartUp } from '../harness/bad-apps';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { importsAfter, MARKERS, shop, shopWith } from '../harness/shop';
import { until } from '../harness/until';
import { usersMeanwhile } from '../harness/users';
import { World } from '../harness/world';

const PATIENT = { timeout: '10s', requestTimeout: '2s', successes: 3 };

describe('hosts that make it difficult to deploy alongside the live release', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap', workers: 2 });
  });
  after(() => world?.stop());
  afterEach(() => world.configure({}));

  function commit(version: string, files: Record<string, string> = shop(version)): string {
    return world.repository.commit(version, files);
  }

  async function deployed(version: string): Promise<string> {
    const sha = commit(version);
    const ran = await world.deploy(sha);
    assert.equal(ran.code, 0, ran.output);
    return sha;
  }

  it('an address that another program has is named with that program, and nothing is changed', async () => {
    const { address } = world.host;
    await world.host.root(`systemd-run -q --unit=squatter python3 -m http.server --bind ${address} 8000`);
    await until(async () => (await world.ask('/')).status === 200);
    const ran = await world.deploy(commit('squatted'));
    assert.equal(ran.code, 2, ran.output);
    assert.match(
      ran.output,
      new RegExp(`${address}:8000 on host-\\d+ is taken by python3 \\(process \\d+\\)`),
    );
    assert.equal(await liveRelease(world), null);
    await world.host.root('systemctl stop squatter');
  });

  it('an old release with requests in flight finishes them, and the deploy does not wait for that', async () => {
    await deployed('slow');
    const slow = Array.from({ length: 20 }, () => fetch(`http://${world.host.address}:8000/slow`));
    const stuck = shopWith('@app.get("/stuck")\nasync def stuck():\n    time.sleep(3600)\n');
    const sha = commit('stuck', stuck);
    const ran = await world.deploy(sha);
    assert.equal(ran.code, 0, ran.output);
    for (const response of await Promise.all(slow)) assert.equal(response.status, 200);
    await expectTidy(world, { live: await releaseOf(world, sha) });
  });

  it('an old release that is stuck is ended by systemd, and takes no new request with it', async () => {
    const lost = fetch(`http://${world.host.address}:8000/stuck`).catch((error: Error) => error);
    const sha = commit('after stuck');
    const ran = await world.deploy(sha);
    assert.equal(ran.code, 0, ran.output);
    assert.ok((await lost) instanceof Error, 'that one request is lost with its worker');
    await expectTidy(world, { live: await releaseOf(world, sha) });
  });

  it('a host without memory for two refuses, or stops the old one first, as configured', async () => {
    const live = await liveRelease(world);
    // As a container's own view of its memory (lxcfs does the same).
    await world.host.root(
      `sed 's/^MemAvailable:.*/MemAvailable: 100000 kB/' /proc/meminfo > /run/meminfo && mount --bind /run/meminfo /proc/meminfo`,
    );
    const refused = await world.deploy(commit('too large'));
    assert.equal(refused.code, 2, refused.output);
    assert.match(
      refused.output,
      /has no memory for two releases at once: the live one uses \d+ MiB, 98 MiB are available/,
    );
    assert.match(refused.output, /whenMemoryShort: restart/);
    await expectTidy(world, { live });

    world.configure({ whenMemoryShort: 'restart' });
    const sha = commit('one after the other');
    const { result: ran, users } = await usersMeanwhile(world.host, () => world.deploy(sha));
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /rehearse on a private socket · ready/);
    assert.match(ran.output, /stop the old release first: the live one uses \d+ MiB.* connections wait/);
    assert.deepEqual(users.failures, {}, 'who came in between has waited');
    await expectTidy(world, { live: await releaseOf(world, sha) });
    await world.host.root('umount /proc/meminfo');
  });

  it('what has not proven itself is the first to go when memory runs out, what is live is not', async () => {
    const scores = async (release: string | null) =>
      (
        await world.host.root(`cat /proc/$(systemctl show shop@${release} -p MainPID --value)/oom_score_adj`)
      ).stdout.trim();
    const old = await liveRelease(world);
    await world.host.root(`install -o shop /dev/null ${MARKERS}/wait`);
    const sha = commit('waiting', shopWith(`if IN_SERVICE:\n${importsAfter('wait').replace(/^/gm, '    ')}`));
    const running = world.begin('deploy', ['shop', '--ref', sha]);
    await running.says(/unit of \d+-\w+/);
    await running.says(/Release:/);
    const name = `${Number(old?.split('-')[0]) + 1}-${sha.slice(0, 7)}`;
    const found =
      (await world.host.root('ls /srv/shop/releases')).stdout
        .split('\n')
        .find((one) => one.endsWith(sha.slice(0, 7))) ?? name;
    await until(async () => (await scores(found)) === '500');
    assert.equal(await scores(old), '0');
    await world.host.root(`rm ${MARKERS}/wait`);
    const { code, output } = await running.ended;
    assert.equal(code, 0, output);
    assert.equal(await scores(found), '0');
    const workers = await world.host.root(
      `for p in $(pgrep -u shop); do cat /proc/$p/oom_score_adj; done | sort -u`,
    );
    assert.equal(workers.stdout.trim(), '0');
  });

  it('a power loss while the new release starts: the old one boots, and the deploy continues', async () => {
    const old = await liveRelease(world);
    await world.host.root(`install -o shop /dev/null ${MARKERS}/dark`);
    const sha = commit('power', shopWith(`if IN_SERVICE:\n${importsAfter('dark').replace(/^/gm, '    ')}`));
    world.configure({ readiness: { ...PATIENT, timeout: '40s' } });
    const running = world.begin('deploy', ['shop', '--ref', sha]);
    await running.says(/Release:/);
    const starting = `systemctl list-units --plain --no-legend 'shop@*' | grep -qw activating`;
    await until(async () => (await world.host.root(starting)).code === 0);
    await world.host.powerLoss();
    await until(async () => (await world.ask('/health/ready')).status === 200);
    const { stdout } = await world.host.root(
      `tr '\\0' '\\n' < /proc/$(systemctl show shop@${old} -p MainPID --value)/environ | grep LANDFALL_RELEASE`,
    );
    assert.equal(stdout.trim(), `LANDFALL_RELEASE=${old}`);
    await world.host.root(`rm ${MARKERS}/dark`);
    const { code, output } = await running.ended;
    assert.equal(code, 0, output);
    await expectTidy(world, { live: await releaseOf(world, sha) });
  });

  it('from overlap to restart and back again, also when the new release is bad', async () => {
    const live = await liveRelease(world);
    const bad = () => commit('bad', crashesAtStartUp('bad', 'only live'));
    world.configure({ strategy: 'restart' });
    const toRestart = await world.deploy(bad());
    assert.equal(toRestart.code, 3, toRestart.output);
    await expectTidy(world, { live });

    const restarted = commit('restarted');
    const { result, users } = await usersMeanwhile(world.host, () => world.deploy(restarted));
    assert.equal(result.code, 0, result.output);
    console.log(
      `    overlap to restart: ${users.failed} requests failed, outage ${Math.round(users.outageMs)} ms`,
    );
    await expectTidy(world, { live: await releaseOf(world, restarted) });
    const sockets = await world.host.root('ls /etc/systemd/system | grep socket | grep shop');
    assert.equal(sockets.stdout, '', 'systemd does not listen any more');

    world.configure({});
    const toOverlap = await world.deploy(bad());
    assert.equal(toOverlap.code, 3, toOverlap.output);
    await expectTidy(world, { live: await releaseOf(world, restarted) });
    assert.equal((await world.ask('/')).status, 200);

    const overlapped = commit('overlapped');
    const back = await usersMeanwhile(world.host, () => world.deploy(overlapped));
    assert.equal(back.result.code, 0, back.result.output);
    console.log(
      `    restart to overlap: ${back.users.failed} requests failed, outage ${Math.round(back.users.outageMs)} ms`,
    );
    await expectTidy(world, { live: await releaseOf(world, overlapped) });
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    await expectTidy(world, { live: await releaseOf(world, overlapped) });
  });

  it('listens on a unix socket that outlives each release', async () => {
    const [entry] = world.hostEntries();
    const socket = '/run/shop.sock';
    world.configure({ environments: { production: { hosts: [{ ...entry, bind: `unix:${socket}` }] } } });
    const ask = `curl -s --unix-socket ${socket} http://shop/`;
    for (const version of ['unix one', 'unix two']) {
      const sha = commit(version);
      const ran = await world.deploy(sha);
      assert.equal(ran.code, 0, ran.output);
      await expectTidy(world, { live: await releaseOf(world, sha) });
      assert.match((await world.host.root(`runuser -u deploy -- ${ask}`)).stdout, new RegExp(version));
    }
  });

  it('another worker class and kind of app goes through the gate too', async () => {
    const [workerClass, app] = ['gthread', 'main:plain'];
    world.configure({ app, gunicorn: { workers: 2, workerClass, gracefulTimeout: '5s' } });
    const files = (version: string) => ({
      ...shop(version),
      'main.py': `${shop(version)['main.py']}
import time

def plain(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.3)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [('{"version":"%s"}' % VERSION).encode()]
`,
    });
    const first = await world.deploy(commit(`${workerClass} one`, files('one')));
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /landfall gate: 2 workers ready/);
    const second = commit(`${workerClass} two`, files('two'));
    // A thread takes one request at a time.
    const rates = { fresh: 20, kept: 20, slow: 1 };
    const { result, users } = await usersMeanwhile(world.host, () => world.deploy(second), rates);
    assert.equal(result.code, 0, result.output);
    assert.deepEqual(users.failures, {}, JSON.stringify(users));
    await expectTidy(world, { live: await releaseOf(world, second) });
  });
});
