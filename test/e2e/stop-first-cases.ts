import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { shopWith } from '../harness/shop';
import type { Strategy } from '../harness/world';
import { World } from '../harness/world';

/** Kills every process of its user that is not of the given release, for as long as it runs itself. */
const hunting = (release: string) => `
def hunt():
    import os, signal, time
    ours = ("LANDFALL_RELEASE=" + ${release}).encode()
    while True:
        for pid in (int(each) for each in os.listdir("/proc") if each.isdigit()):
            try:
                if pid == os.getpid() or os.stat(f"/proc/{pid}").st_uid != os.getuid():
                    continue
                with open(f"/proc/{pid}/environ", "rb") as file:
                    environment = file.read().split(b"\\0")
                if ours not in environment and environment != [b""]:
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.05)
`;

/** A release that kills what would take its place. */
const hostile = shopWith(`
${hunting('os.environ["LANDFALL_RELEASE"]')}
if IN_SERVICE:
    import threading
    threading.Thread(target=hunt, daemon=True).start()
`);

export function stopFirstCases(strategy: Strategy): void {
  describe(`a compromised release, with strategy ${strategy}`, () => {
    let world: World;
    let live: string | null;
    before(async () => {
      world = await World.start({ strategy });
      const ran = await world.deploy(world.repository.commit('compromised', hostile));
      assert.equal(ran.code, 0, ran.output);
      live = await liveRelease(world);
    });
    after(() => world?.stop());

    /** As cron or `at` would: outside the unit, so that stopping that ends nothing here. */
    async function escaped(): Promise<void> {
      const program = `${hunting(JSON.stringify(live))}\nhunt()`;
      // A separate unit, for processes that hunt already.
      const options = `--quiet --collect --unit=escaped --uid=shop --setenv=LANDFALL_RELEASE=${live}`;
      await world.host.root(`cat > /tmp/escaped.py; chmod 644 /tmp/escaped.py`, { input: program });
      await world.host.root(`systemd-run ${options} /usr/bin/python3 /tmp/escaped.py`);
    }

    it('vetoes its replacement by killing it', async () => {
      const ran = await world.deploy(world.repository.commit('vetoed', shopWith()));
      assert.equal(ran.code, 2, ran.output);
      assert.equal(await liveRelease(world), live);
    });

    it('cannot do so where it has to stop first, nor can what it has left outside its unit', async () => {
      await escaped();
      const commit = world.repository.commit('replaces it', shopWith());
      const ran = await world.deploy(commit, '--stop-first');
      assert.equal(ran.code, 0, ran.output);
      assert.match(
        ran.output,
        /! --stop-first: each host stops its old release before anything of the new one/,
      );
      assert.match(
        ran.output,
        /✓ host-\d+: --stop-first: stop the old release and every process of shop · stopped; 1 other processes/,
      );
      live = await releaseOf(world, commit);
      await expectTidy(world, { live });
    });

    it('a release that fails then gives way to the one from before, and that is said', async () => {
      const ran = await world.deploy(
        world.repository.commit('bad', shopWith('raise OSError')),
        '--stop-first',
      );
      assert.equal(ran.code, 3, ran.output);
      assert.match(
        ran.output,
        /--stop-first: the release from before was started again on host-\d+, because/,
      );
      await expectTidy(world, { live });
    });
  });
}
