import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { expectNoSecret, expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import type { Ran } from '../harness/run-command';
import { onRun } from '../harness/temporal-ui';
import { World } from '../harness/world';

const HELPER = '/usr/local/lib/landfall/landfall-host';

describe('refusals before anything is changed', () => {
  let world: World;
  let live: string;
  let commit: string;
  before(async () => {
    world = await World.start();
    const first = world.repository.commit('first');
    const ran = await world.deploy(first);
    assert.equal(ran.code, 0, ran.output);
    live = await releaseOf(world, first);
    commit = world.repository.commit('wanted');
  });
  afterEach(() => world.configure({}));
  after(() => world?.stop());

  /** Rejected, nothing changed, and people are told what and what to do. */
  async function expectRejected(ran: Ran, ...said: RegExp[]): Promise<void> {
    assert.equal(ran.code, 2, ran.output);
    assert.match(
      ran.output,
      /REJECTED \S{7,20} of shop: .* (nothing live was changed|changed nothing that serves)/,
    );
    for (const pattern of said) assert.match(ran.output, pattern);
    assert.equal(await liveRelease(world), live);
    assert.equal((await world.ask('/health/ready')).status, 200);
    await expectNoSecret(world, ran.output);
  }

  async function deployAfter(change: string, undo: string, work: () => Promise<void>): Promise<void> {
    await world.host.root(change);
    try {
      await work();
    } finally {
      await world.host.root(undo);
    }
  }

  it('a host without the helper: SetupNeeded, with the command for root', async () => {
    await deployAfter(`mv ${HELPER} ${HELPER}.away`, `mv ${HELPER}.away ${HELPER}`, async () => {
      const ran = await world.deploy(commit);
      await expectRejected(
        ran,
        /What failed: SetupNeeded on host-\d+: landfall-host cannot be run on host-\d+/,
        /What to do: .*landfall setup host-\d+ --env production/,
      );
    });
  });

  it('a helper that speaks another protocol: SetupNeeded', async () => {
    await deployAfter(
      // The answer of a helper of another protocol.
      `cp -a ${HELPER} ${HELPER}.away && cat > ${HELPER} <<'E'\n#!/bin/sh\necho '{"protocol": 99}'\nE\n`,
      `mv ${HELPER}.away ${HELPER}`,
      async () => {
        const ran = await world.deploy(commit);
        await expectRejected(
          ran,
          /SetupNeeded on host-\d+: .*protocol 99/,
          /landfall setup host-\d+ --env production/,
        );
      },
    );
  });

  it('a deploying user without sudo: SetupNeeded', async () => {
    const rule = '/etc/sudoers.d/landfall-deploy';
    await deployAfter(`mv ${rule} /root/rule`, `mv /root/rule ${rule}`, async () => {
      const ran = await world.deploy(commit);
      await expectRejected(
        ran,
        /SetupNeeded on host-\d+: .*sudo/,
        /landfall setup host-\d+ --env production/,
      );
    });
  });

  it('an unknown ref', async () => {
    await expectRejected(
      await world.deploy('no-such-branch'),
      /InvalidInput: .* has no branch, tag or commit called "no-such-branch"/,
      /What to do: Check the ref, and that a branch or a tag which holds it was pushed/,
    );
  });

  it('a repository that cannot be reached', async () => {
    world.configure({ repository: '/nowhere/shop.git' });
    await expectRejected(
      await world.deploy(commit),
      /CommandFailed: The repository \/nowhere\/shop.git could not be read: .*does not appear to be a git repository/,
      /What to do: Check the address and the access of the controller/,
    );
  });

  it('a folder that the commit does not have', async () => {
    world.configure({ path: 'services/none' });
    await expectRejected(
      await world.deploy(commit),
      /InvalidInput: Commit [0-9a-f]{7} has no folder services\/none/,
      /What to do: Correct `path:` in landfall.yaml/,
    );
    await expectTidy(world, { live });
  });

  it('a database that is down before the deploy: the deploy stops and says so; with --fix-forward it continues', async () => {
    await deployAfter('pg_ctlcluster 15 main stop -m immediate', 'pg_ctlcluster 15 main start', async () => {
      const ran = await world.deploy(commit);
      assert.equal(ran.code, 2, ran.output);
      assert.match(
        ran.output,
        /NotReady on host-\d+: shop on host-\d+ is not ready now, before anything was changed/,
      );
      assert.match(ran.output, /What to do: .*is the database up\?.*--fix-forward/);
      assert.equal((await world.ask('/health/ready')).status, 503);
      const forward = await world.deploy(commit, '--fix-forward');
      assert.equal(forward.code, 2, forward.output);
      assert.match(forward.output, /RehearsalFailed on host-\d+/);
      await expectTidy(world, { live });
    });
  });

  it('configuration errors: before anything is started, with the line', async () => {
    const before = await world.landfall('status', 'shop', '--json');
    world.configure({ gunicorns: { workers: 2 } });
    const unknownKey = await world.deploy(commit);
    assert.equal(unknownKey.code, 1, unknownKey.output);
    const line =
      readFileSync(world.configFile, 'utf8')
        .split('\n')
        .findIndex((text) => text.startsWith('gunicorns')) + 1;
    assert.match(unknownKey.output, new RegExp(`landfall.yaml:${line}.*gunicorns`));
    assert.match(unknownKey.output, /gunicorn\b/);
    world.configure({});
    const args = ['deploy', 'shop', '--ref', commit, '--env', 'staging', '--config', world.configFile];
    const unknownEnvironment = await world.controller.run(args);
    assert.equal(unknownEnvironment.code, 1, unknownEnvironment.output);
    assert.match(unknownEnvironment.output, /staging.*production/s);
    assert.equal(
      (await world.landfall('status', 'shop', '--json')).output,
      before.output,
      'nothing was started',
    );
  });

  it('an engine that does not answer: exit 6, nothing started', async () => {
    const ran = await world.begin('deploy', ['shop', '--ref', commit], { TEMPORAL_ADDRESS: '127.0.0.1:1' })
      .ended;
    assert.equal(ran.code, 6, ran.output);
    assert.match(ran.output, /engine at 127\.0\.0\.1:1 cannot be reached .*Nothing was started/);
    assert.match(ran.output, /landfall dev|TEMPORAL_ADDRESS/);
  });

  it('a URL of the cloud or of the controller itself, also behind a name: nothing is asked', async () => {
    const readiness = { timeout: '10s', requestTimeout: '2s', successes: 3 };
    for (const [wrong, kind] of [
      [
        { readiness: { ...readiness, url: 'http://169.254.169.254/latest/' } },
        /readiness\.url: .*link-local/,
      ],
      [{ soak: { time: '1s', url: 'http://localhost:7233/' } }, /soak\.url: .*the controller's own loopback/],
    ] as const) {
      world.configure(wrong);
      await expectRejected(await world.deploy(commit), /InvalidInput/, kind, /LANDFALL_ALLOW_URLS/);
    }
    world.configure({});
  });

  /** Seconds after which the engine gives the step up that failed the latest run. */
  const limitOfFailedStep = () =>
    onRun(world, async (run) => {
      const events = (await run.fetchHistory()).events ?? [];
      const failure = events.find(
        (event) => event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes,
      );
      const { scheduledEventId } = {
        ...failure?.activityTaskFailedEventAttributes,
        ...failure?.activityTaskTimedOutEventAttributes,
      };
      const scheduled = events.find(({ eventId }) => String(eventId) === String(scheduledEventId));
      return Number(scheduled?.activityTaskScheduledEventAttributes?.scheduleToCloseTimeout?.seconds);
    });

  describe('by the way to the host', () => {
    let knownHosts: string;
    let known: string;
    before(async () => {
      // A worker that has no connection yet, and reads files of this test's own.
      await world.controller.stopWorkers();
      knownHosts = join(world.controller.state, 'known_hosts');
      known = readFileSync(world.host.knownHostsFile, 'utf8');
      commit = world.repository.commit('next');
    });

    async function workerThat(env: NodeJS.ProcessEnv, work: () => Promise<void>): Promise<void> {
      await world.controller.startWorker({ LANDFALL_KNOWN_HOSTS: knownHosts, ...env });
      await work();
      await world.controller.stopWorkers();
    }

    it('an unknown host key, with its fingerprint and how to compare it', async () => {
      writeFileSync(knownHosts, '');
      await workerThat({}, async () => {
        await expectRejected(
          await world.deploy(commit),
          /HostKeyMismatch on host-\d+: The host key of host-\d+ is not known: .* shows SHA256:/,
          /What to do: Compare that fingerprint .*ssh-keyscan/,
        );
      });
    });

    it('a changed host key, with the line that says otherwise', async () => {
      const other = join(world.controller.state, 'other');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
      const [type, key] = readFileSync(`${other}.pub`, 'utf8').split(' ');
      writeFileSync(knownHosts, `${known.split(' ')[0]} ${type} ${key}\n`);
      await workerThat({}, async () => {
        await expectRejected(
          await world.deploy(commit),
          /HostKeyMismatch on host-\d+: The host key of host-\d+ has changed: .*known_hosts:1 knows SHA256:/,
          /What to do: An attacker may be in between/,
        );
      });
    });

    it('a key that the host does not accept', async () => {
      writeFileSync(knownHosts, known);
      await workerThat({ LANDFALL_SSH_KEY: join(world.controller.state, 'other') }, async () => {
        await expectRejected(
          await world.deploy(commit),
          /AuthRejected on host-\d+: .*accepts none of the controller's keys; offered: .*other/,
          /What to do: Add the controller's public key/,
        );
      });
    });

    it('a host that is down: within a minute, with progress meanwhile', async () => {
      appendFileSync(knownHosts, `[127.0.1.1]:2222 ${known.split(' ').slice(1).join(' ')}`);
      const down = { name: 'web9', address: '127.0.1.1', port: 2222, user: 'deploy', bind: '127.0.1.1:8000' };
      world.configure({ environments: { production: { hosts: [down] } } });
      await workerThat({}, async () => {
        await expectRejected(
          await world.deploy(commit),
          /HostUnreachable on web9: web9 \(deploy@127\.0\.1\.1:2222\) cannot be reached: the connection was refused/,
          /… web9: what is live, is it ready: attempt \d+ after: .*cannot be reached/,
          /What to do: Check that the host is up/,
        );
        assert.equal(await limitOfFailedStep(), 60, 'seconds');
      });
    });

    it('and after that the commit deploys', async () => {
      await workerThat({}, async () => {
        const ran = await world.deploy(commit);
        assert.equal(ran.code, 0, ran.output);
        await expectTidy(world, { live: await releaseOf(world, commit) });
      });
    });
  });
});

describe('careful hosts', () => {
  it('with one session at a time and no forwarding are deployed to all the same', async () => {
    const world = await World.start({
      sshd: 'MaxSessions 1\nAllowTcpForwarding no\nAllowStreamLocalForwarding no\n',
    });
    try {
      const commit = world.repository.commit('first');
      const ran = await world.deploy(commit);
      assert.equal(ran.code, 0, ran.output);
      await expectTidy(world, { live: await releaseOf(world, commit) });
    } finally {
      await world.stop();
    }
  });
});
