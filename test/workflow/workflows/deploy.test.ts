import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../../src/deployment/failures';
import { input, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY, NOTHING_DEPLOYED } from '../../harness/inspections';
import { namesOf, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

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
    assert.deepEqual(status.hosts.web1, { state: 'good', live: '2-0123456', problem: null, ran: true });
    assert.deepEqual(
      namesOf(steps).filter((name) => name !== 'resolveCommit'),
      [
        'inspectHost',
        'claimHost',
        'fetchRelease',
        'installDependencies',
        'examineRelease',
        'preImport',
        'rehearse',
        'renderUnit',
        'restart',
        'awaitReady',
        'markGood',
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
    const migrate = { command: ['alembic', 'upgrade', 'head'], timeout: 60_000, memory: null, hosts: null };
    await runner.outcome(steps, input({ ...twoHosts, settings: settings({ migrate }) }));
    assert.deepEqual(
      steps.begun.filter((call) => call.endsWith('migrate')),
      ['web1 migrate'],
    );
    assert.ok(steps.begun.indexOf('web1 migrate') > steps.ended.indexOf('web2 preImport'));
  });

  it('migrates on one host after the other where each needs it, before any host is released', async () => {
    const steps = fakeSteps();
    const migrate = { command: ['x'], timeout: 60_000, memory: null, hosts: 'each' as const };
    await runner.outcome(steps, input({ ...twoHosts, settings: settings({ migrate }) }));
    const order = [...steps.begun.entries()].filter(([, call]) => /migrate|restart/.test(call));
    assert.deepEqual(
      order.map(([, call]) => call),
      ['web1 migrate', 'web2 migrate', 'web1 restart', 'web2 restart'],
    );
    assert.ok(steps.ended.indexOf('web1 migrate') < steps.ended.indexOf('web2 migrate'));
  });

  it('rejects the release when one host cannot be prepared, and changes nothing live anywhere', async () => {
    const steps = fakeSteps({
      preImport: async (host) => {
        if (host === 'web1') return undefined;
        // Before that, web1 might have nothing yet that could be tidied up.
        await until(() => steps.begun.includes('web1 preImport'));
        throw fail('PreImportFailed', 'no module named shop', { host, advice: 'fix it' });
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
    let acting = false;
    const steps = fakeSteps({
      preImport: async (host, asked, nth) => {
        if (host === 'web2') {
          await until(() => acting);
          throw fail('PreImportFailed', 'broken', { host, advice: '' });
        }
        acting = true;
        try {
          return await untilCancelled(host, asked, nth);
        } finally {
          acting = false;
        }
      },
      discardRelease: async () => {
        assert.equal(acting, false, 'nothing is tidied up while a step still acts');
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input(twoHosts));
    assert.equal(status.outcome, 'rejected');
    assert.equal(status.hosts.web1?.problem, null);
  });

  it('restores every changed host, the text before the process, and verifies it', async () => {
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
    const previousGood = { id: '1-aaaaaaa', commit: 'a'.repeat(40) };
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

  it('retries a step when its outcome is unknown, and not after a permanent failure', async () => {
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
