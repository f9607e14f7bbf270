import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fail } from '../../../src/deployment/failures';
import { input, settings } from '../../harness/deploy-input';
import { BESIDE } from '../../harness/inspections';
import { decide, namesOf, needsOperator, notReady, twoHosts } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

const OLD = '1-aaaaaaa';
const migrate = { command: ['alembic', 'upgrade', 'head'], timeout: 60_000, memory: null, hosts: null };

/** At the first call on each host. */
const once =
  (type: 'PreImportFailed' | 'CommandFailed'): Behaviour =>
  async (host, _asked, nth) => {
    if (nth === 1) throw fail(type, `killed on ${host}`, { host, advice: '' });
    return undefined;
  };

describe('a deploy that stops the old release first, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  it('with a restart: nothing of the new release runs as the service before that', async () => {
    const steps = fakeSteps();
    const { status } = await runner.outcome(steps, input({ stopFirst: true }));
    assert.deepEqual([status.outcome, status.stopFirst], ['deployed', true]);
    assert.deepEqual(namesOf(steps).slice(4), [
      'installDependencies',
      'examineRelease',
      'makeRoom',
      'preImport',
      'rehearse',
      'renderUnit',
      'restart',
      'awaitReady',
      'markGood',
    ]);
    const [room] = steps.inputs.get('web1 makeRoom') ?? [];
    assert.deepEqual([room?.release, room?.closeSocket, room?.endUser], [null, false, true]);
  });

  it('alongside each other: the socket stays open, and the gate still asks', async () => {
    const steps = fakeSteps({ inspectHost: async () => BESIDE });
    const wanted = input({ stopFirst: true, settings: settings({ strategy: 'overlap' }) });
    const { status } = await runner.outcome(steps, wanted);
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(namesOf(steps).slice(5), [
      'examineRelease',
      'installInstance',
      'makeRoom',
      'preImport',
      'startRelease',
      'switchRelease',
      'awaitReady',
      'markGood',
    ]);
  });

  it('one batch after the other, with the migration in the first one', async () => {
    const steps = fakeSteps();
    const { status } = await runner.outcome(
      steps,
      input({ ...twoHosts, stopFirst: true, settings: settings({ migrate }) }),
    );
    assert.equal(status.outcome, 'deployed');
    const order = steps.begun.filter((call) => /makeRoom|preImport|migrate|restart|awaitReady/.test(call));
    assert.deepEqual(order.slice(0, 9), [
      'web1 makeRoom',
      'web1 preImport',
      'web1 migrate',
      'web1 restart',
      'web1 awaitReady',
      'web2 makeRoom',
      'web2 preImport',
      'web2 restart',
      'web2 awaitReady',
    ]);
  });

  it('with a migration on each host, one batch after the other', async () => {
    const steps = fakeSteps();
    const each = settings({ migrate: { ...migrate, hosts: 'each' } });
    await runner.outcome(steps, input({ ...twoHosts, stopFirst: true, settings: each }));
    assert.deepEqual(
      steps.begun.filter((call) => /migrate|restart/.test(call)),
      ['web1 migrate', 'web1 restart', 'web2 migrate', 'web2 restart'],
    );
  });

  for (const [strategy, seen, starts] of [
    ['restart', {}, 'restart'],
    ['overlap', { inspectHost: async () => BESIDE }, 'startRelease'],
  ] as const)
    it(`${strategy}: the old release is started again when the new one fails, and no other host has stopped`, async () => {
      const steps = fakeSteps({ ...seen, preImport: once('PreImportFailed') });
      const wanted = input({ ...twoHosts, stopFirst: true, settings: settings({ strategy }) });
      const { status } = await runner.outcome(steps, wanted);
      assert.equal(status.outcome, 'rolled-back');
      assert.deepEqual(
        [status.hosts.web1?.state, status.hosts.web1?.live, status.hosts.web2?.state],
        ['restored', OLD, 'prepared'],
      );
      assert.deepEqual(
        steps.inputs.get(`web1 ${starts}`)?.map(({ release }) => release),
        [OLD],
      );
      assert.equal(namesOf(steps, 'web2').includes('makeRoom'), false);
    });

  it('where stopping it fails, it is started again', async () => {
    const steps = fakeSteps({
      inspectHost: async () => BESIDE,
      makeRoom: once('CommandFailed'),
    });
    const wanted = input({ stopFirst: true, settings: settings({ strategy: 'overlap' }) });
    const { status } = await runner.outcome(steps, wanted);
    assert.deepEqual([status.outcome, status.hosts.web1?.state], ['rolled-back', 'restored']);
  });

  it('going forward stops it again, and migrates only what was not migrated', async () => {
    const steps = fakeSteps({
      migrate: once('CommandFailed'),
      // The old one does not come back at first.
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
    });
    const wanted = input({ stopFirst: true, settings: settings({ migrate }) });
    await runner.deploying(steps, wanted, async (handle) => {
      await needsOperator(handle);
      const before = steps.begun.length;
      await decide(handle, 'go-forward');
      assert.equal((await finalStatus(handle)).status.outcome, 'deployed');
      const names = steps.begun.slice(before).map((call) => call.split(' ')[1]);
      assert.deepEqual(names.slice(0, 6), [
        'makeRoom',
        'preImport',
        'migrate',
        'rehearse',
        'renderUnit',
        'restart',
      ]);
    });
  });
});
