import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Activities } from '../../../src/activities';
import type { DeployInput, HostTarget } from '../../../src/config/deploy-input';
import { fail } from '../../../src/deployment/failures';
import type { deploy } from '../../../src/workflows';
import { input, settings, soakOf } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY } from '../../harness/inspections';
import { namesOf, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

type StepName = keyof Activities;

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

  describe('when it is cancelled in a step that succeeds all the same', () => {
    const SOAK = soakOf(60_000);
    const beforeTheCommitPoint: Record<string, { strategy: 'restart' | 'overlap'; steps: StepName[] }> = {
      'with a restart': {
        strategy: 'restart',
        steps: [
          'resolveCommit',
          'inspectHost',
          'claimHost',
          'fetchRelease',
          'installDependencies',
          'preImport',
          'rehearse',
          'renderUnit',
          'restart',
          'awaitReady',
          'soak',
        ],
      },
      'alongside each other': {
        strategy: 'overlap',
        steps: ['installInstance', 'startRelease', 'switchRelease', 'awaitReady', 'soak'],
      },
    };

    /** Cancels in that call of the step on that host. */
    async function cancelledIn(step: StepName, wanted: DeployInput, host = 'web1', nthCall = 1) {
      let cancel: () => Promise<unknown> = async () => assert.fail('the run has not begun');
      const { strategy } = wanted.settings;
      const steps = fakeSteps({
        inspectHost: async () => (strategy === 'overlap' ? BESIDE : LIVE_AND_READY),
      });
      const usual = steps.activities[step] as (asked: { host?: HostTarget }) => Promise<object>;
      let calls = 0;
      const cancelling = async (asked: { host?: HostTarget }) => {
        const result = await usual(asked);
        if ((asked.host?.name ?? host) === host) calls += 1;
        if (calls === nthCall) await cancel();
        return result;
      };
      Object.assign(steps.activities, { [step]: cancelling });
      return runner.deploying(steps, wanted, async (handle) => {
        cancel = () => handle.cancel();
        return { ...(await finalStatus(handle)), steps };
      });
    }

    for (const [how, { strategy, steps }] of Object.entries(beforeTheCommitPoint))
      for (const step of steps)
        it(`${how}, ${step}: it is taken back`, async () => {
          const wanted = input({ settings: settings({ strategy, soak: step === 'soak' ? SOAK : null }) });
          const { status, temporal, steps } = await cancelledIn(step, wanted);
          assert.deepEqual([temporal, status.cancelled], ['CANCELLED', true]);
          const restarted = namesOf(steps).some((name) => name === 'restart' || name === 'switchRelease');
          assert.equal(status.outcome, restarted ? 'rolled-back' : 'rejected');
          if (restarted) assert.equal(status.hosts.web1?.state, 'restored');
          assert.equal(namesOf(steps).includes('markGood'), false);
        });

    it('in the last look at the first batch: it is taken back on both hosts', async () => {
      const { status, temporal } = await cancelledIn('awaitReady', input(twoHosts), 'web1', 2);
      assert.deepEqual([temporal, status.outcome], ['CANCELLED', 'rolled-back']);
      assert.deepEqual([status.hosts.web1?.state, status.hosts.web2?.state], ['restored', 'restored']);
    });

    it('before its first task: it ends as cancelled, with a status', async () => {
      await runner.serving(fakeSteps(), async (taskQueue) => {
        const workflowId = `deploy/${taskQueue}`;
        const handle = await runner.client.workflow.start<typeof deploy>('deploy', {
          workflowId,
          taskQueue,
          args: [input()],
          // Until then the engine gives no worker anything to do.
          startDelay: '1s',
        });
        await handle.cancel();
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'rejected', true]);
      });
    });

    it('markGood: it only goes forward', async () => {
      const { status, temporal } = await cancelledIn('markGood', input());
      assert.deepEqual([temporal, status.outcome], ['COMPLETED', 'deployed']);
    });

    it('a first host that cannot be marked good then: it is taken back as cancelled', async () => {
      let cancel: () => Promise<unknown> = async () => undefined;
      const steps = fakeSteps({
        markGood: async (host) => {
          await cancel();
          throw fail('CommandFailed', 'it does not run', { host, advice: '' });
        },
      });
      await runner.deploying(steps, input(), async (handle) => {
        cancel = () => handle.cancel();
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'rolled-back', true]);
      });
    });
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

    it('a second time, while it rolls back, the rollback continues', async () => {
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
