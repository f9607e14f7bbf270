import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  crashesAtStartUp,
  exitsUnderGunicorn,
  goodApp,
  hasNoDatabase,
  IMPOSTOR,
  listensElsewhere,
  sharesItsPort,
} from '../harness/bad-apps';
import {
  expectNoSecret,
  expectTidy,
  liveRelease,
  releaseDirectories,
  releaseOf,
} from '../harness/invariants';
import { until } from '../harness/until';
import { World } from '../harness/world';

describe('releases that are rolled back, on a real host', () => {
  const LIMITS = {
    gunicorn: { workers: 1, gracefulTimeout: '2s' },
    // Never waited out: who crashes is found out before, and who is good is ready before.
    readiness: { timeout: '2m', requestTimeout: '1s', successes: 3 },
  };
  /** For what never becomes ready, and is waited for that long. */
  const SHORT = { readiness: { ...LIMITS.readiness, timeout: '8s' } };
  /** Neither the import nor the rehearsal finds a fault that only appears in service. */
  const REHEARSED = { ...LIMITS, rehearse: { timeout: '20s' } };
  /** As for a service that cannot run twice. */
  const UNREHEARSED = { ...LIMITS, rehearse: false };

  let world: World;
  /** The version that the live release answers with. */
  let version = 0;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  async function expectDeployed(): Promise<void> {
    world.configure(UNREHEARSED);
    version += 1;
    const commit = world.repository.commit('good', goodApp(String(version)));
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    await expectLive(await releaseOf(world, commit));
  }

  async function expectLive(release: string | null): Promise<void> {
    await expectTidy(world, { live: release });
    const { stdout } = await world.host.root('systemctl is-enabled shop.service');
    assert.equal(stdout.trim(), 'enabled');
    assert.equal((await world.ask('/health/ready')).status, 200);
    assert.deepEqual(JSON.parse((await world.ask('/')).body), { service: 'shop', version: String(version) });
  }

  /** Deploys it and expects what was live before to be live again. @param says what the output must explain */
  async function expectRolledBack(commit: string, ...says: RegExp[]): Promise<string> {
    const live = await liveRelease(world);
    const directories = await releaseDirectories(world);
    const ran = await world.deploy(commit);

    assert.equal(ran.code, 3, ran.output);
    await expectLive(live);
    assert.deepEqual(await releaseDirectories(world), directories, 'the bad release is gone');
    for (const expected of [
      new RegExp(`^ROLLED BACK: ${commit.slice(0, 7)} of shop is not live in production\\.$`, 'm'),
      /^What failed: \w+ on host-\d+: shop on host-\d+ /m,
      /^Unit on host-\d+: \w+ \([\w-]+\)/m,
      new RegExp(`^Live now:\n  ${world.host.name}: ${live} \\(as before, ready again\\)$`, 'm'),
      /^What to do: \w/m,
      ...says,
    ]) {
      assert.match(ran.output, expected);
    }
    // The journal of exactly that start: the live release has said so of itself, too.
    assert.match(
      ran.output,
      /^Journal of that start on host-\d+:\n( {4}.*\n)*.*(Starting gunicorn|Booting worker)/m,
    );
    assert.doesNotMatch(ran.output, new RegExp(`imported ${version}$`, 'm'));
    await expectNoSecret(world, ran.output);
    return ran.output;
  }

  it('a first deploy of all leaves nothing running and nothing enabled, also after a reboot', async () => {
    world.configure(UNREHEARSED);
    const bad = world.repository.commit('bad', crashesAtStartUp('bad', 'always'));
    const ran = await world.deploy(bad);
    assert.equal(ran.code, 3, ran.output);
    assert.match(ran.output, /^What failed: CrashLoop on host-\d+: shop on host-\d+ keeps crashing: /m);
    assert.match(ran.output, /RuntimeError: no licence at \[redacted:DATABASE_URL\]/);
    assert.match(
      ran.output,
      /^Live now:\n {2}host-\d+: nothing that Landfall deployed \(as before, nothing runs\)$/m,
    );
    await expectNoSecret(world, ran.output);
    await expectNothing();
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    await expectNothing();
  });

  it('a good release after that is deployed', expectDeployed);

  async function expectNothing(): Promise<void> {
    await expectTidy(world, { live: null });
    assert.equal((await world.ask('/health/ready')).status, 0);
    const { stdout } = await world.host.root(
      'systemctl show shop.service -p LoadState,ActiveState; find /etc/systemd/system /run/systemd -name shop.service; ls -A /srv/shop/releases',
    );
    assert.equal(stdout, 'LoadState=not-found\nActiveState=inactive\n');
  }

  it('a crash at start-up, after several commits at once: back to what was live, not to the commit before, also after a reboot', async () => {
    world.configure(UNREHEARSED);
    const live = await liveRelease(world);
    world.repository.commit('good, never deployed', goodApp('between'));
    world.repository.commit('bad too', hasNoDatabase('between', 'always'));
    const bad = world.repository.commit('bad', crashesAtStartUp('bad', 'always'));
    const output = await expectRolledBack(
      bad,
      /What failed: CrashLoop .* keeps crashing: shop\.service is /,
      /Last readiness answer on host-\d+:\n {4}no answer: /,
      /RuntimeError: no licence at \[redacted:DATABASE_URL\]/,
    );
    assert.equal(output.match(/Starting gunicorn/g)?.length, 1, 'one start, not those before it');
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    await until(async () => (await world.ask('/health/ready')).status === 200);
    await expectLive(live);
  });

  it('a crash loop that runs into systemd’s start limit: neither the rollback nor the next deploy does', async () => {
    world.configure(UNREHEARSED);
    await limitStarts('StartLimitBurst=1', 'StartLimitIntervalSec=1h');
    await expectRolledBack(
      world.repository.commit('bad', crashesAtStartUp('bad', 'always')),
      // Whether systemd has given up by the time it is seen, or is about to, is a matter of a second.
      /What failed: CrashLoop .* keeps crashing: shop\.service is (failed \(failed\)|activating \(auto-restart\))/,
      /^Unit on host-\d+: .*, result (exit-code|start-limit-hit)/m,
    );
    await expectDeployed();
    await limitStarts();
  });

  it('workers that exit as soon as they are in service, although import and rehearsal went well', async () => {
    world.configure(REHEARSED);
    await expectRolledBack(
      world.repository.commit('bad', exitsUnderGunicorn('bad', 'only live', 'sys.exit(0)')),
      /✓ host-\d+: rehearse on a private socket · ready/,
      /What failed: CrashLoop .* keeps crashing: \d+ workers were started one after the other\./,
      /^Unit on host-\d+: active \(running\), runs \d+-[0-9a-f]{7},/m,
      /Worker exiting/,
    );
  });

  it('a release that loses its database when it is in service: its last answer is shown', async () => {
    world.configure({ ...REHEARSED, ...SHORT });
    await expectRolledBack(
      world.repository.commit('bad', hasNoDatabase('bad', 'only live')),
      /✓ host-\d+: rehearse on a private socket · ready/,
      /What failed: NotReady .* was not ready within 8 s \(readiness\.timeout\): \/health\/ready: status 503\./,
      /Last readiness answer on host-\d+:\n {4}status 503\n {4}.*"unavailable".*\[redacted:DATABASE_URL\]/,
    );
  });

  it('a release that does not listen on its address, although another process answers 200 there', async () => {
    // A rehearsal finds that nothing listens on its own address.
    world.configure({ ...UNREHEARSED, ...SHORT });
    await withImpostor('root', async () => {
      await expectRolledBack(
        world.repository.commit('bad', listensElsewhere('bad')),
        /What failed: NotReady .*: \/health\/ready: status 200; but its address is answered by a process outside of shop\.service\./,
        /Last readiness answer on host-\d+:\n {4}status 200\n {4}impostor/,
      );
    });
  });

  it('a release that shares its address with a process outside of its unit', async () => {
    // Gunicorn's reuse_port is for TCP only: on a rehearsal's socket it cannot listen.
    world.configure({ ...UNREHEARSED, ...SHORT });
    await withImpostor('shop', async () => {
      await expectRolledBack(
        world.repository.commit('bad', sharesItsPort('bad')),
        /What failed: NotReady .*: \/health\/ready: status 200; but its address is answered by a process outside of shop\.service\./,
      );
    });
    await expectDeployed();
  });

  /** While it lasts, a process with a socket of this user's takes the service's port whenever a bad release says that it runs. */
  async function withImpostor(user: string, work: () => Promise<void>): Promise<void> {
    const { host } = world;
    await host.root(`cat > /run/impostor.py <<'E'\n${IMPOSTOR}\nE\n`);
    const ran = await host.root(
      `systemd-run --quiet --collect --unit=impostor python3 /run/impostor.py ${host.address} 8000 ${user}`,
    );
    assert.equal(ran.code, 0, ran.stderr);
    try {
      await work();
      const { stdout } = await host.root('journalctl --sync; journalctl -u impostor -o cat');
      assert.match(stdout, /impostor: listening/, 'it was there');
    } finally {
      await host.root('systemctl stop impostor');
    }
  }

  /** As an administrator would, with a drop-in of the unit; without any: as it was. */
  async function limitStarts(...directives: string[]): Promise<void> {
    const folder = '/etc/systemd/system/shop.service.d';
    const text = `[Unit]\n${directives.join('\n')}\n`;
    await world.host.root(
      directives.length === 0
        ? `rm -r ${folder}; systemctl daemon-reload`
        : `mkdir -p ${folder} && printf '%s' '${text}' > ${folder}/limits.conf && systemctl daemon-reload`,
    );
  }
});
