import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../../src/deployment/failures';
import { supersedeUpdate } from '../../../src/workflows/messages';
import { input } from '../../harness/deploy-input';
import { decide, namesOf, needsOperator, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, type Handle, statusOf, WorkflowRunner } from './workflow-runner';

/** How the run's failure is called. */
async function failureTypeOf(handle: Handle): Promise<string | null | undefined> {
  const failed = await handle.result().then(
    () => null,
    (error: Error) => error.cause,
  );
  return failed instanceof ApplicationFailure ? failed.type : null;
}

describe('the deploy workflow and the person on call, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  describe('when the rollback fails too', () => {
    /** The new release is never ready; the old one becomes ready at the given try. */
    const rollbackFailsUntil = (good: number): Partial<Record<'awaitReady', Behaviour>> => ({
      awaitReady: async (host, asked, nth) => (nth < good ? notReady(host, asked, nth) : undefined),
    });

    it('stays open, says so, and rolls back again when asked to retry', async () => {
      const steps = fakeSteps(rollbackFailsUntil(3));
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await decide(handle, 'retry');
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
        await decide(handle, 'accept');
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome], ['FAILED', 'accepted']);
        assert.equal(status.hosts.web1?.state, 'needs-operator');
        assert.equal(await failureTypeOf(handle), 'Accepted');
      });
      assert.equal(namesOf(steps).at(-1), 'closeClaim');
      assert.equal(steps.inputs.get('web1 closeClaim')?.[0]?.outcome, 'accepted');
    });

    it('is not called cancelled when it is accepted as it stands', async () => {
      let cancel: () => Promise<unknown> = async () => undefined;
      const steps = fakeSteps({
        awaitReady: async (host, asked, nth) => {
          if (nth === 1) await cancel();
          return notReady(host, asked, nth);
        },
      });
      await runner.deploying(steps, input(), async (handle) => {
        cancel = () => handle.cancel();
        await needsOperator(handle);
        await decide(handle, 'accept');
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome, status.cancelled], ['FAILED', 'accepted', true]);
      });
    });

    it('puts the new release in service once more when told to go forward', async () => {
      const steps = fakeSteps(rollbackFailsUntil(3));
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await decide(handle, 'go-forward');
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome], ['COMPLETED', 'deployed']);
      });
      assert.equal(steps.inputs.get('web1 restart')?.at(-1)?.release, '2-0123456');
    });

    it('asks again when going forward fails', async () => {
      const steps = fakeSteps({ awaitReady: notReady });
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await decide(handle, 'go-forward');
        await until(async () => statusOf((await handle.describe()).memo)?.decisions.length === 1);
        await needsOperator(handle);
        await decide(handle, 'accept');
        assert.equal((await finalStatus(handle)).status.outcome, 'accepted');
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

  it('puts the release in service again where only that host could not be marked good', async () => {
    const steps = fakeSteps({
      markGood: async (host, _asked, nth) => {
        if (host === 'web2' && nth === 1) throw fail('CommandFailed', 'rebooted', { host, advice: '' });
        return undefined;
      },
    });
    await runner.deploying(steps, input(twoHosts), async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'go-forward');
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'deployed');
      assert.equal(status.hosts.web2?.state, 'good');
    });
    assert.equal(steps.inputs.get('web2 restart')?.length, 2);
    assert.equal(steps.inputs.get('web1 restart')?.length, 1);
  });

  it('is accepted, and not deployed, where one of two hosts is left that could not be marked good', async () => {
    const steps = fakeSteps({
      markGood: async (host) => {
        if (host === 'web2') throw fail('CommandFailed', 'rebooted', { host, advice: '' });
        return undefined;
      },
    });
    await runner.deploying(steps, input(twoHosts), async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'accept');
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome], ['FAILED', 'accepted']);
      assert.deepEqual([status.hosts.web1?.state, status.hosts.web2?.state], ['good', 'needs-operator']);
      assert.deepEqual([status.reason?.message, status.reason?.host], ['rebooted', 'web2']);
      assert.equal(await failureTypeOf(handle), 'Accepted');
    });
    assert.equal(namesOf(steps, 'web1').at(-1), 'markGood', 'which closes the claim');
    assert.equal(steps.inputs.get('web2 closeClaim')?.at(-1)?.outcome, 'accepted');
  });

  it('takes no decision while it needs none', async () => {
    const steps = fakeSteps({ preImport: untilCancelled });
    await runner.deploying(steps, input(), async (handle) => {
      await until(() => steps.begun.includes('web1 preImport'));
      await assert.rejects(decide(handle, 'accept'));
      await handle.cancel();
      await finalStatus(handle);
    });
  });
});
