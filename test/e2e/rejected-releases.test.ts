import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  crashesAtStartUp,
  exitsAtImport,
  exitsUnderGunicorn,
  goodApp,
  hangsAtImport,
  hangsWhenAsked,
  hasNoDatabase,
  importsWhatIsMissing,
  lacksItsApp,
  requires,
} from '../harness/bad-apps';
import {
  expectNoSecret,
  expectTidy,
  liveRelease,
  releaseDirectories,
  releaseOf,
} from '../harness/invariants';
import { answersDuring, startOf } from '../harness/starts';
import { World } from '../harness/world';

describe('releases that are rejected, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  /** Deploys it and expects that no user noticed. @param says what the output must explain */
  async function expectRejected(files: Record<string, string | null>, ...says: RegExp[]): Promise<string> {
    const live = await liveRelease(world);
    const [start, directories] = [await startOf(world), await releaseDirectories(world)];
    const commit = world.repository.commit('bad', files);
    const deploying = () => world.deploy(commit);
    const { result: ran, statuses } = await answersDuring(world, deploying);

    assert.equal(ran.code, 2, ran.output);
    assert.deepEqual(statuses, [live === null ? 0 : 200], 'what users were answered meanwhile');
    assert.equal(await startOf(world), start, 'nothing was started, stopped or changed');
    await expectTidy(world, { live });
    assert.deepEqual(await releaseDirectories(world), directories, 'the bad release is gone');
    const headline = `REJECTED ${commit.slice(0, 7)} of shop: it was not deployed, and `;
    assert.ok(ran.output.includes(headline), ran.output);
    // Where its code has run, its own changes are not denied.
    assert.match(
      ran.output,
      /and (nothing live was changed|Landfall changed nothing that serves\. Its code has run on host-\d+;)/,
    );
    const seen = /✓ host-\d+: what is live/.test(ran.output);
    const still = seen ? (live ?? 'nothing that Landfall deployed') : 'as before';
    assert.ok(ran.output.includes(`Live now:\n  ${world.host.name}: ${still} (not touched)\n`), ran.output);
    for (const expected of [/^What failed: \w+ on host-\d+: /m, /^What to do: \w/m, ...says]) {
      assert.match(ran.output, expected);
    }
    await expectNoSecret(world, ran.output);
    return ran.output;
  }

  async function expectDeployed(files: Record<string, string | null>): Promise<void> {
    const commit = world.repository.commit('good', files);
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, commit) });
  }

  it('a first deploy of all that fails leaves nothing running and nothing enabled', async () => {
    await expectRejected(
      importsWhatIsMissing('0'),
      /What failed: PreImportFailed on host-\d+: main:app cannot be imported on host-\d+: Neither the environment nor the release has a module no_such_module\./,
      /ModuleNotFoundError: No module named 'no_such_module'/,
    );
    const { stdout } = await world.host.root(
      'systemctl is-enabled shop.service; find /etc/systemd/system -name shop.service',
    );
    assert.match(stdout, /^(not-found)?\n?$/);
    await expectDeployed(goodApp('1'));
  });

  it('an import that fails', async () => {
    await expectRejected(
      importsWhatIsMissing('2'),
      /What failed: PreImportFailed/,
      /Output on host-\d+:\n(.*\n)*.*ModuleNotFoundError: No module named 'no_such_module'/,
    );
  });

  it('a module that lacks the app', async () => {
    await expectRejected(
      lacksItsApp('2'),
      /What failed: PreImportFailed/,
      /ImportError: cannot import name 'app' from 'main'/,
    );
  });

  it('an import that hangs is ended after its time', async () => {
    // Long enough to come to where it hangs, also on a busy machine.
    world.configure({ preImport: { timeout: '8s' } });
    await expectRejected(
      hangsAtImport('2'),
      /What failed: PreImportFailed .*: it did not end within 8 s \(preImport\.timeout\)\./,
      /Output on host-\d+:\n(.*\n)*.*imported 2\n(.*\n)*.*File "\/srv\/shop\/releases\/\S+\/main\.py", line \d+ in <module>/,
    );
    world.configure({});
  });

  it('an import that ends the process, also with a status that says success', async () => {
    for (const exit of ['sys.exit(0)', 'os._exit(0)']) {
      await expectRejected(
        exitsAtImport('2', exit),
        /PreImportFailed .*: it ended the process during the import\./,
      );
    }
  });

  it('a start-up that crashes is found by the rehearsal, and its traceback is shown without its secret', async () => {
    await expectRejected(
      crashesAtStartUp('2', 'always'),
      /What failed: RehearsalFailed on host-\d+: The release cannot serve on host-\d+: rehearsal: Gunicorn exited with status 3 before the release was ready/,
      /RuntimeError: no licence at \[redacted:DATABASE_URL\]/,
    );
  });

  it('a release that cannot reach its database, with the answer that says so', async () => {
    // Long enough to boot and to say what is missing, also on a busy machine.
    world.configure({ rehearse: { timeout: '8s' } });
    await expectRejected(
      hasNoDatabase('2', 'always'),
      /What failed: RehearsalFailed .*: rehearsal: not ready within 8 s \(rehearse\.timeout\); \/health\/ready answered 503: .*"unavailable".*postgresql:\/\/\*\*\*@/,
    );
    world.configure({});
  });

  it('a release whose readiness never answers, whatever its liveness says', async () => {
    world.configure({
      rehearse: { timeout: '4s' },
      readiness: { timeout: '10s', requestTimeout: '1s', successes: 3 },
    });
    await expectRejected(
      hangsWhenAsked('2', 'always'),
      /RehearsalFailed .*: rehearsal: not ready within 4 s \(rehearse\.timeout\); the last request failed: no answer within [01]\.\d s/,
    );
    world.configure({});
  });

  it('workers that exit under Gunicorn although the app can be imported', async () => {
    // Ended long before, when the sixth of them was booted.
    world.configure({ rehearse: { timeout: '1m' } });
    await expectRejected(
      exitsUnderGunicorn('2', 'always', 'os._exit(1)'),
      /RehearsalFailed .*: rehearsal: workers were booted \d+ times: they exit as soon as they start/,
    );
    world.configure({});
  });

  it('a requirement that does not exist', async () => {
    await expectRejected(
      requires('2', 'click==999.0.0', true),
      /What failed: CommandFailed .*: The dependencies could not be installed on host-\d+: click==999\.0\.0 is not in the index that host-\d+ uses/,
    );
  });

  it('a requirement whose hash is another one', async () => {
    await expectRejected(
      requires('2', `idna==3.20 --hash=sha256:${'0'.repeat(64)}`, true),
      /What failed: CommandFailed .*: The dependencies could not be installed .*: the file of idna==3\.20 has another hash than requirements\.txt says/,
      new RegExp(`Output on host-\\d+:\\n(.*\\n)*.*${'0'.repeat(64)}\\n`),
    );
  });

  it('leaves no half environment behind when an installation fails', async () => {
    assert.match(await environments(), /^[0-9a-f]{16}\/\.landfall-complete\n$/);
  });

  it('a requirement for the release itself, which has no pyproject.toml', async () => {
    await expectRejected(
      requires('2', '-e .'),
      /What failed: CommandFailed .*does not appear to be a Python project/,
    );
  });

  it('a service user, a folder or an environment file that root did not allow', async () => {
    for (const asked of [
      { user: 'www-data' },
      { base: '/srv/elsewhere' },
      { envFiles: ['/etc/shop/other'] },
    ]) {
      world.configure(asked);
      await expectRejected(
        goodApp('2'),
        /What failed: SetupNeeded on host-\d+: landfall\.yaml and host-\d+ disagree about shop: root allowed user shop, base \/srv\/shop, unit shop\.service, environment files \/etc\/shop\/env\./,
        /What to do: Correct landfall\.yaml, or run: landfall setup host-\d+/,
      );
    }
    world.configure({});
  });

  it('a unit that the host refuses, after everything else was proven', async () => {
    const analyze = '/usr/bin/systemd-analyze';
    assert.equal((await world.host.root(`mv ${analyze} ${analyze}.away`)).code, 0);
    try {
      await expectRejected(
        goodApp('2'),
        /What failed: CommandFailed on host-\d+: .*`systemd-analyze verify` does not accept the unit shop\.service/,
      );
    } finally {
      await world.host.root(`mv ${analyze}.away ${analyze}`);
    }
  });

  it('the next good deploy is deployed after all of these', async () => {
    await expectDeployed(goodApp('3'));
    assert.deepEqual(JSON.parse((await world.ask('/')).body), { service: 'shop', version: '3' });
  });

  it('a host with hardly any room is not even begun with', async () => {
    await withDiskFull(100_000, async () => {
      await expectRejected(
        goodApp('4'),
        /What failed: CommandFailed on host-\d+: host-\d+ has only \d+ MB left for \/srv\/shop\./,
      );
    });
  });

  it('a release that does not fit on the disk', async () => {
    await withDiskFull(205_000, async () => {
      await expectRejected(
        { ...goodApp('4'), 'large.bin': '\0'.repeat(220_000_000) },
        /What failed: CommandFailed on host-\d+: No space left for \/srv\/shop on host-\d+: \d+ MB are free, and \d+ MB are needed\. \d+ old releases must stay .*keepReleases/,
      );
    });
  });

  it('dependencies that do not fit on the disk', async () => {
    await withDiskFull(205_000, async () => {
      // Another program takes the rest of the disk once the release is there.
      const taken = world.host.root(
        `timeout 60 sh -c 'until ls /srv/shop/releases/*/the-last.txt; do sleep 0.02; done' >/dev/null 2>&1 &&
           fallocate -l $(($(df --output=avail -k /srv | tail -1) - 2000))K /fill-more`,
      );
      await expectRejected(
        {
          ...requires('4', '# another environment with the same packages'),
          'large.bin': null,
          'the-last.txt': '',
        },
        // Which one meets the end of the disk, the installer or what records its result, is a matter of kilobytes.
        /✗ host-\d+: dependencies · CommandFailed: .*\n(.*\n)*What failed: CommandFailed on host-\d+: .*[Nn]o space (is )?left /,
      );
      assert.equal((await taken).code, 0);
      assert.match(await environments(), /^([0-9a-f]{16}\/\.landfall-complete\n)+$/);
    });
    await expectDeployed({ ...goodApp('4'), 'the-last.txt': null });
  });

  /** Fills the host's disk but for so many KiB, and frees it afterwards. */
  async function withDiskFull(free: number, work: () => Promise<void>): Promise<void> {
    const filled = await world.host.root(
      `fallocate -l $(($(df --output=avail -k /srv | tail -1) - ${free}))K /fill`,
    );
    assert.equal(filled.code, 0, filled.stderr);
    try {
      await work();
    } finally {
      await world.host.root('rm -f /fill /fill-more');
    }
  }

  /** The virtual environments on the host; `ls` complains about one that is not complete. */
  async function environments(): Promise<string> {
    const { stdout, stderr } = await world.host.root(
      'cd /srv/shop/venvs && for name in *; do ls $name/.landfall-complete; done',
    );
    return stdout + stderr;
  }
});
