import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../src/failures';
import { decideUpdate, supersedeUpdate } from '../../src/workflows/messages';
import { hostTarget, input, settings } from '../support/deploy-input';
import { type Behaviour, type FakeSteps, fakeSteps, LIVE_AND_READY, NOTHING_DEPLOYED } from './fake-steps';
import { finalStatus, type Handle, statusOf, WorkflowRunner } from './workflow-runner';

const notReady: Behaviour = async (host) => {
  throw fail('NotReady', `not ready on ${host}`, { host, advice: '', evidence: { lastAnswer: '503' } });
};

const twoHosts = { hosts: [hostTarget('web1'), hostTarget('web2')] };

describe('the deploy workflow, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  it('takes the steps of the runbook in their order', async () => {
    const steps = fakeSteps();
    const { status, temporal } = await runner.outcome(steps, input());
    assert.equal(temporal, 'COMPLETED');
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(status.hosts.web1, { state: 'good', live: '2-0123456', problem: null });
    assert.deepEqual(
      namesOf(steps).filter((name) => name !== 'resolveCommit'),
      [
        'installHelper',
        'inspectHost',
        'claimHost',
        'fetchRelease',
        'installDependencies',
        'preImport',
        'rehearse',
        'renderUnit',
        'restart',
        'awaitReady',
        'markGood',
        'closeClaim',
      ],
    );
  });

  it('counts every live change up, and carries the fence of the claim', async () => {
    const steps = fakeSteps();
    await runner.outcome(steps, input());
    const claims = ['renderUnit', 'restart', 'markGood'].map(
      (step) => steps.inputs.get(`web1 ${step}`)?.[0]?.claim,
    );
    assert.deepEqual(claims, [
      { fence: 7, seq: 1 },
      { fence: 7, seq: 2 },
      { fence: 7, seq: 3 },
    ]);
  });

  it('prepares all hosts before it releases the first, then goes host by host', async () => {
    const steps = fakeSteps();
    await runner.outcome(steps, input(twoHosts));
    const order = steps.begun.filter((call) => /rehearse|restart|awaitReady|markGood/.test(call));
    assert.deepEqual(order.slice(0, 2).sort(), ['web1 rehearse', 'web2 rehearse']);
    assert.deepEqual(order.slice(2, 6), [
      'web1 restart',
      'web1 awaitReady',
      'web2 restart',
      'web2 awaitReady',
    ]);
  });

  it('migrates once, on the first host, after all hosts are prepared', async () => {
    const steps = fakeSteps();
    const migrate = { command: ['alembic', 'upgrade', 'head'], timeoutSeconds: 60 };
    await runner.outcome(steps, input({ ...twoHosts, settings: settings({ migrate }) }));
    assert.deepEqual(
      steps.begun.filter((call) => call.endsWith('migrate')),
      ['web1 migrate'],
    );
    assert.ok(steps.begun.indexOf('web1 migrate') > steps.ended.indexOf('web2 preImport'));
  });

  it('rejects the release when one host cannot be prepared, and changes nothing live anywhere', async () => {
    const steps = fakeSteps({
      preImport: async (host) => {
        if (host === 'web2')
          throw fail('PreImportFailed', 'no module named shop', { host, advice: 'mend it' });
        return undefined;
      },
    });
    const { status, temporal } = await runner.outcome(steps, input(twoHosts));
    assert.equal(temporal, 'FAILED');
    assert.equal(status.outcome, 'rejected');
    assert.deepEqual([status.reason?.type, status.reason?.host], ['PreImportFailed', 'web2']);
    assert.equal(
      steps.begun.some((call) => /renderUnit|restart|rehearse/.test(call)),
      false,
    );
    assert.deepEqual(steps.begun.filter((call) => /discardRelease|closeClaim/.test(call)).sort(), [
      'web1 closeClaim',
      'web1 discardRelease',
      'web2 closeClaim',
      'web2 discardRelease',
    ]);
  });

  it('asks the other hosts to stop when one cannot be prepared, and waits until they have', async () => {
    let stopped = false;
    const steps = fakeSteps({
      preImport: async (host) => {
        if (host === 'web2') throw fail('PreImportFailed', 'broken', { host, advice: '' });
        const { Context } = await import('@temporalio/activity');
        const beat = setInterval(() => Context.current().heartbeat(), 100);
        try {
          await Context.current().cancelled;
        } finally {
          clearInterval(beat);
          stopped = true;
        }
        return undefined;
      },
      discardRelease: async () => {
        assert.ok(stopped, 'nothing is tidied up while a step still acts');
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input(twoHosts));
    assert.equal(status.outcome, 'rejected');
    assert.equal(status.hosts.web1?.problem, null);
  });

  it('puts back every changed host, the text before the process, and verifies it', async () => {
    const steps = fakeSteps({
      awaitReady: async (host, asked, nth) =>
        host === 'web2' && nth === 1 ? notReady(host, asked, nth) : undefined,
    });
    const { status, temporal } = await runner.outcome(steps, input(twoHosts));
    assert.equal(temporal, 'FAILED');
    assert.equal(status.outcome, 'rolled-back');
    for (const host of ['web1', 'web2']) {
      assert.deepEqual(namesOf(steps, host).slice(namesOf(steps, host).lastIndexOf('restoreUnit'), -2), [
        'restoreUnit',
        'restart',
        'awaitReady',
      ]);
      assert.equal(steps.inputs.get(`${host} restart`)?.at(-1)?.release, '1-aaaaaaa');
      assert.deepEqual(status.hosts[host]?.state, 'restored');
    }
    // web2's failure brought its evidence along; web1 served, and what it says now is kept too.
    assert.deepEqual(
      steps.begun.filter((call) => call.endsWith('collectEvidence')),
      ['web1 collectEvidence'],
    );
  });

  it('does not let missing evidence keep a bad release in service', async () => {
    const steps = fakeSteps({
      restart: async (host, _asked, nth) => {
        if (nth === 1) throw fail('CrashLoop', 'no new start', { host, advice: '' });
        return undefined;
      },
      collectEvidence: async (host) => {
        throw fail('CommandFailed', 'journalctl is gone', { host, advice: '' });
      },
    });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(namesOf(steps).includes('collectEvidence'), true);
    assert.equal(steps.inputs.get('web1 restart')?.at(-1)?.release, '1-aaaaaaa');
  });

  it('undoes a change whose outcome is unknown, but restarts nothing that was not touched', async () => {
    const steps = fakeSteps({
      renderUnit: async (host) => {
        throw fail('CommandFailed', 'systemd-analyze says no', { host, advice: '' });
      },
    });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rejected');
    assert.equal(namesOf(steps).includes('restoreUnit'), true);
    assert.equal(namesOf(steps).includes('restart'), false);
  });

  it('leaves nothing running after a first deploy that fails', async () => {
    const steps = fakeSteps({ inspectHost: async () => NOTHING_DEPLOYED, awaitReady: notReady });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(namesOf(steps).filter((name) => name === 'restart').length, 1);
    assert.equal(namesOf(steps).includes('stopService'), true);
    assert.equal(status.hosts.web1?.live, null);
  });

  it('goes back to last good, by the unit that boots, when the live release was not ready before', async () => {
    const inspection = { ...LIVE_AND_READY, live: '5-eeeeeee', ready: false, lastGood: '3-ccccccc' };
    const steps = fakeSteps({
      inspectHost: async () => inspection,
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
    });
    await runner.outcome(steps, input({ fixForward: true }));
    assert.equal(steps.inputs.get('web1 restoreUnit')?.[0]?.to, 'boot');
    assert.equal(steps.inputs.get('web1 restart')?.at(-1)?.release, '3-ccccccc');
  });

  it('lets one dead host delay no other host’s rollback', async () => {
    let release: () => void = () => undefined;
    const mended = new Promise<void>((resolve) => {
      release = resolve;
    });
    const steps = fakeSteps({
      awaitReady: async (host, asked, nth) =>
        host === 'web2' && nth === 1 ? notReady(host, asked, nth) : undefined,
      restoreUnit: async (host) => {
        if (host === 'web2') await mended;
        return undefined;
      },
    });
    await runner.deploying(steps, input(twoHosts), async (handle) => {
      await until(() => steps.ended.filter((call) => call === 'web1 awaitReady').length === 2);
      assert.equal(steps.ended.includes('web2 restoreUnit'), false);
      release();
      assert.equal((await finalStatus(handle)).status.outcome, 'rolled-back');
    });
  });

  it('only goes forward after the first host is marked good, also when cancelled', async () => {
    let cancel: () => Promise<unknown> = async () => undefined;
    const steps = fakeSteps({
      markGood: async (host) => {
        if (host === 'web1') await cancel();
        return undefined;
      },
    });
    await runner.deploying(steps, input(twoHosts), async (handle) => {
      cancel = () => handle.cancel();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome], ['COMPLETED', 'deployed']);
    });
    assert.equal(namesOf(steps, 'web2').includes('markGood'), true);
  });

  it('refuses to go back where the hosts do not agree on an earlier good release', async () => {
    const steps = fakeSteps({
      inspectHost: async (host) => ({
        ...LIVE_AND_READY,
        previousGood: host === 'web1' ? { release: '1-a', commit: 'a'.repeat(40) } : null,
      }),
    });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, source: { previous: true } }));
    assert.equal(status.outcome, 'rejected');
    assert.match(status.reason?.message ?? '', /web2: none/);
  });

  it('goes back to an earlier release without asking the repository for it', async () => {
    const previousGood = { release: '1-aaaaaaa', commit: 'a'.repeat(40) };
    const steps = fakeSteps({
      inspectHost: async () => ({ ...LIVE_AND_READY, live: '2-bbbbbbb', previousGood }),
    });
    const { status } = await runner.outcome(steps, input({ source: { previous: true } }));
    assert.equal(status.commit, previousGood.commit);
    assert.equal(
      steps.begun.some((call) => /resolveCommit|fetchRelease/.test(call)),
      false,
    );
    assert.equal(steps.inputs.get('web1 restart')?.[0]?.release, '1-aaaaaaa');
  });

  describe('when it is cancelled', () => {
    it('before the release phase, it changes nothing live and says so', async () => {
      const steps = fakeSteps({ preImport: untilCancelled });
      await runner.deploying(steps, input(), async (handle) => {
        await until(() => steps.begun.includes('web1 preImport'));
        await handle.cancel();
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'rejected', true]);
      });
      assert.equal(namesOf(steps).includes('discardRelease'), true);
    });

    it('during the release phase, it rolls back after the cancelled step has ended', async () => {
      const steps = fakeSteps({
        awaitReady: async (host, asked, nth) => (nth === 1 ? untilCancelled(host, asked, nth) : undefined),
      });
      await runner.deploying(steps, input(), async (handle) => {
        await until(() => steps.begun.includes('web1 awaitReady'));
        await handle.cancel();
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'rolled-back', true]);
      });
      assert.ok(steps.ended.indexOf('web1 awaitReady') < steps.ended.indexOf('web1 restoreUnit'));
    });

    it('a second time, while it rolls back, the rollback goes on', async () => {
      let secondCancel: () => Promise<unknown> = async () => undefined;
      const steps = fakeSteps({
        awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
        restoreUnit: async () => {
          await secondCancel();
          return undefined;
        },
      });
      await runner.deploying(steps, input(), async (handle) => {
        secondCancel = () => handle.cancel();
        const { status } = await finalStatus(handle);
        assert.equal(status.outcome, 'rolled-back');
      });
      assert.equal(steps.ended.filter((call) => call === 'web1 awaitReady').length, 2);
    });
  });

  describe('when the rollback fails too', () => {
    /** The new release is never ready; the old one becomes ready at the given try. */
    const rollbackFailsUntil = (good: number): Partial<Record<'awaitReady', Behaviour>> => ({
      awaitReady: async (host, asked, nth) => (nth < good ? notReady(host, asked, nth) : undefined),
    });

    it('stays open, says so, and rolls back again when asked to retry', async () => {
      const steps = fakeSteps(rollbackFailsUntil(3));
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await handle.executeUpdate(decideUpdate, { args: [{ choice: 'retry', by: 'ops' }] });
        const { status } = await finalStatus(handle);
        assert.deepEqual([status.outcome, status.decisions], ['rolled-back', ['retry by ops']]);
        assert.equal(status.hosts.web1?.state, 'restored');
      });
      assert.equal(steps.inputs.get('web1 restart')?.length, 3);
    });

    it('leaves everything as it stands when told to accept', async () => {
      const steps = fakeSteps({ awaitReady: notReady });
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await handle.executeUpdate(decideUpdate, { args: [{ choice: 'accept', by: 'ops' }] });
        const { status } = await finalStatus(handle);
        assert.equal(status.outcome, 'rolled-back');
        assert.equal(status.hosts.web1?.state, 'needs-operator');
      });
      assert.equal(namesOf(steps).at(-1), 'closeClaim');
    });

    it('puts the new release in service once more when told to go forward', async () => {
      const steps = fakeSteps(rollbackFailsUntil(3));
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await handle.executeUpdate(decideUpdate, { args: [{ choice: 'go-forward', by: 'ops' }] });
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome], ['COMPLETED', 'deployed']);
      });
      assert.equal(steps.inputs.get('web1 restart')?.at(-1)?.release, '2-0123456');
    });

    it('asks again when going forward fails', async () => {
      const steps = fakeSteps({ awaitReady: notReady });
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await handle.executeUpdate(decideUpdate, { args: [{ choice: 'go-forward', by: 'ops' }] });
        await until(async () => statusOf((await handle.describe()).memo)?.decisions.length === 1);
        await needsOperator(handle);
        await handle.executeUpdate(decideUpdate, { args: [{ choice: 'accept', by: 'ops' }] });
        assert.equal((await finalStatus(handle)).status.outcome, 'rolled-back');
      });
    });

    it('ends as superseded, changing nothing more, when another deploy gets past it', async () => {
      const steps = fakeSteps({ awaitReady: notReady });
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        const changes = steps.begun.length;
        await handle.executeUpdate(supersedeUpdate, { args: [{ by: 'ops', commit: 'c'.repeat(40) }] });
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome], ['FAILED', 'superseded']);
        assert.equal(steps.begun.length, changes);
      });
    });

    it('ends as superseded by itself when the host says that another deploy owns it', async () => {
      const steps = fakeSteps({
        awaitReady: notReady,
        restoreUnit: async (host) => {
          throw fail('Fenced', 'fence 8 owns this host', { host, advice: '' });
        },
      });
      const { status } = await runner.outcome(steps, input());
      assert.equal(status.outcome, 'superseded');
      assert.equal(namesOf(steps).includes('closeClaim'), false);
    });
  });

  it('lets go of a host that another deploy owns, and takes the others back', async () => {
    const steps = fakeSteps({
      renderUnit: async (host) => {
        if (host === 'web2') throw fail('Fenced', 'fence 8 owns this host', { host, advice: '' });
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input(twoHosts));
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(status.hosts.web1?.state, 'restored');
    assert.equal(status.hosts.web2?.state, 'unknown');
    assert.equal(namesOf(steps, 'web2').includes('restoreUnit'), false);
    assert.equal(namesOf(steps, 'web2').includes('closeClaim'), false);
  });

  it('rolls back when a host that became ready is so no more when the last one is', async () => {
    const steps = fakeSteps({
      awaitReady: async (host, asked, nth) =>
        host === 'web1' && nth === 2 ? notReady(host, asked, nth) : undefined,
    });
    const { status } = await runner.outcome(steps, input(twoHosts));
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(
      steps.begun.some((call) => call.endsWith('markGood')),
      false,
    );
  });

  it('rolls back when no host can be marked good', async () => {
    const steps = fakeSteps({
      markGood: async (host) => {
        throw fail('CommandFailed', 'it does not run any more', { host, advice: '' });
      },
    });
    const { status } = await runner.outcome(steps, input());
    assert.deepEqual([status.outcome, status.reason?.type], ['rolled-back', 'CommandFailed']);
    assert.equal(status.hosts.web1?.state, 'restored');
  });

  it('puts the release in service again where only that host could not be marked good', async () => {
    const steps = fakeSteps({
      markGood: async (host, _asked, nth) => {
        if (host === 'web2' && nth === 1) throw fail('CommandFailed', 'rebooted', { host, advice: '' });
        return undefined;
      },
    });
    await runner.deploying(steps, input(twoHosts), async (handle) => {
      await needsOperator(handle);
      await handle.executeUpdate(decideUpdate, { args: [{ choice: 'go-forward', by: 'ops' }] });
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'deployed');
      assert.equal(status.hosts.web2?.state, 'good');
    });
    assert.equal(steps.inputs.get('web2 restart')?.length, 2);
    assert.equal(steps.inputs.get('web1 restart')?.length, 1);
  });

  it('takes no decision while it needs none', async () => {
    const steps = fakeSteps({ preImport: untilCancelled });
    await runner.deploying(steps, input(), async (handle) => {
      await until(() => steps.begun.includes('web1 preImport'));
      await assert.rejects(handle.executeUpdate(decideUpdate, { args: [{ choice: 'accept', by: 'ops' }] }));
      await handle.cancel();
      await finalStatus(handle);
    });
  });

  it('is merely rejected when the host is owned by another engine’s deploy', async () => {
    const steps = fakeSteps({
      claimHost: async (host) => {
        throw fail('Fenced', 'an unfinished deploy of another engine owns it', {
          host,
          advice: '--take-over',
        });
      },
    });
    const { status } = await runner.outcome(steps, input());
    assert.deepEqual([status.outcome, status.reason?.type], ['rejected', 'Fenced']);
  });

  it('tries a step again when its outcome is unknown, and not when it failed for good', async () => {
    const steps = fakeSteps({
      claimHost: async (host, _asked, nth) => {
        if (nth === 1) throw fail('OutcomeUnknown', 'the connection was lost', { host, advice: '' });
        return undefined;
      },
      preImport: async (host) => {
        throw ApplicationFailure.create({
          type: 'PreImportFailed',
          nonRetryable: true,
          message: 'x',
          details: [{ host, advice: '' }],
        });
      },
    });
    await runner.outcome(steps, input());
    assert.equal(namesOf(steps).filter((name) => name === 'claimHost').length, 2);
    assert.equal(namesOf(steps).filter((name) => name === 'preImport').length, 1);
  });
});

const untilCancelled: Behaviour = async () => {
  const { Context } = await import('@temporalio/activity');
  const beat = setInterval(() => Context.current().heartbeat(), 100);
  try {
    return await Context.current().cancelled;
  } finally {
    clearInterval(beat);
  }
};

function namesOf(steps: FakeSteps, host = 'web1'): string[] {
  return steps.begun
    .filter((call) => call.startsWith(`${host} `) || call.startsWith('- '))
    .map((call) => call.split(' ')[1] ?? '');
}

async function needsOperator(handle: Handle): Promise<void> {
  await until(async () => statusOf((await handle.describe()).memo)?.outcome === 'needs-operator');
}

/** Waits for a condition; a test that waits in vain fails with the runner's own time limit. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
