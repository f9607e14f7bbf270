import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, releaseOf } from '../harness/invariants';
import { importsAfter, MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { World } from '../harness/world';

/** An update of the SSH server, or a reboot of a router: no deploy should fail. */
const OUTAGE_SECONDS = 30;

describe('an SSH server that is away for half a minute', () => {
  let world: World;
  before(async () => {
    world = await World.start();
    world.configure({
      rehearse: false,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      preImport: { timeout: '120s' },
      readiness: { timeout: '120s', requestTimeout: '2s', successes: 2 },
    });
    const ran = await world.deploy(world.repository.commit('first', shopWith()));
    assert.equal(ran.code, 0, ran.output);
  });
  after(() => world?.stop());

  /** sshd comes back even if the test fails. */
  async function outage(): Promise<void> {
    await world.host.root(
      `systemd-run -q --on-active=${OUTAGE_SECONDS} --timer-property=AccuracySec=100ms systemctl start ssh.service; systemctl stop ssh.service; loginctl terminate-user deploy`,
    );
  }

  async function expectDeployed(commit: string): Promise<void> {
    await expectTidy(world, { live: await releaseOf(world, commit) });
    assert.equal((await world.ask('/health/ready')).status, 200);
  }

  it('before the first contact delays a deploy, and that is all', async () => {
    const commit = world.repository.commit('no contact', shopWith());
    await outage();
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    await expectDeployed(commit);
  });

  it('while a release is prepared delays it, and its job continues', async () => {
    await world.host.root(`touch ${MARKERS}/importing`);
    const commit = world.repository.commit('import held', shopWith(importsAfter('importing')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ \S+: dependencies/);
    await outage();
    await world.host.root(`rm ${MARKERS}/importing`);
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    await expectDeployed(commit);
  });

  it('while readiness is awaited takes nothing back', async () => {
    await world.host.root(`touch ${MARKERS}/unready`);
    const commit = world.repository.commit('unready for a while', shopWith(unreadyWhile('unready')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ \S+: restart with/);
    await outage();
    await world.host.root(`rm ${MARKERS}/unready`);
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    await expectDeployed(commit);
  });
});
