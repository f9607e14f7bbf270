import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { input } from '../support/deploy-input';
import { namesOf, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

describe('the deploy workflow when it is cancelled, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

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
});
