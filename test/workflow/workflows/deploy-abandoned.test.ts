import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { input, settings } from '../../harness/deploy-input';
import { BESIDE, FOREIGN_BOOT, LIVE_AND_READY, NOTHING_DEPLOYED } from '../../harness/inspections';
import { namesOf, notReady, twoHosts, until } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

/** An abandoned deploy left a live release that may be bad. */
const TORN = { ...LIVE_AND_READY, live: '2-bbbbbbb', abandoned: true };

/** The live unit is an instance. */
const INSTANCE = { liveIsInstance: true, boots: BESIDE.boots, socket: BESIDE.socket };

/** Last good is back once it was put there. */
const torn = (left: object = TORN, mended: object = LIVE_AND_READY) => ({
  claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
  inspectHost: (async (_host, _asked, nth) => (nth < 3 ? left : mended)) satisfies Behaviour,
});

describe('a deploy to a host with an abandoned deploy, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  it('restores last good before anything builds on it', async () => {
    const steps = fakeSteps(torn());
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(namesOf(steps).slice(2, 11), [
      'claimHost',
      'repairHost',
      'inspectHost',
      'restoreUnit',
      'restart',
      'awaitReady',
      'inspectHost',
      'fetchRelease',
      'installDependencies',
    ]);
    assert.equal(steps.inputs.get('web1 restoreUnit')?.[0]?.to, 'boot');
    assert.equal(steps.inputs.get('web1 restart')?.[0]?.release, '1-aaaaaaa');
    assert.equal(steps.inputs.get('web1 awaitReady')?.[0]?.release, '1-aaaaaaa');
    assert.equal(status.hosts.web1?.repaired, '1-aaaaaaa restored');
  });

  it('goes back to last good, although something else was live and ready', async () => {
    const fails: Behaviour = async (host, asked, nth) => (nth === 2 ? notReady(host, asked, nth) : undefined);
    const steps = fakeSteps({ ...torn(), awaitReady: fails });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(steps.inputs.get('web1 restart')?.at(-1)?.release, '1-aaaaaaa');
    // The unit of the abandoned deploy is not "before".
    assert.equal(steps.inputs.get('web1 restoreUnit')?.at(-1)?.to, 'boot');
  });

  it('alongside each other: last good starts alongside the leftover release, and takes over', async () => {
    const left = { ...BESIDE, live: '2-bbbbbbb', abandoned: true };
    const steps = fakeSteps(torn(left, BESIDE));
    const { status } = await runner.outcome(steps, input({ settings: settings({ strategy: 'overlap' }) }));
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(namesOf(steps).slice(4, 9), [
      'inspectHost',
      'startRelease',
      'switchRelease',
      'awaitReady',
      'inspectHost',
    ]);
    const started = steps.inputs.get('web1 startRelease')?.map(({ release, trial }) => [release, trial]);
    assert.deepEqual(started, [
      // A release that does not serve must not replace one that does.
      ['1-aaaaaaa', true],
      ['2-0123456', true],
    ]);
  });

  it('last good that runs already is waited for, and not touched when it becomes ready', async () => {
    const left = { ...LIVE_AND_READY, ready: false, abandoned: true };
    const steps = fakeSteps(torn(left));
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'deployed');
    assert.equal(steps.inputs.get('web1 restart')?.length, 1, 'only the new release');
  });

  it('where no release was ever good, the live one stays, and is not a rollback target', async () => {
    const left = { ...NOTHING_DEPLOYED, live: '2-bbbbbbb', running: true, ready: true, abandoned: true };
    const steps = fakeSteps({ ...torn(left), inspectHost: async () => left, awaitReady: notReady });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(steps.inputs.get('web1 restart')?.length, 1);
    assert.deepEqual(namesOf(steps).slice(-4), [
      'restoreUnit',
      'stopService',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('rejected there, it leaves what runs and the claim as a sign for the next one', async () => {
    const left = {
      ...NOTHING_DEPLOYED,
      ...INSTANCE,
      live: '2-bbbbbbb',
      running: true,
      ready: true,
      abandoned: true,
    };
    const steps = fakeSteps({ ...torn(left), inspectHost: async () => left, startRelease: notReady });
    const { status } = await runner.outcome(steps, input({ settings: settings({ strategy: 'overlap' }) }));
    assert.equal(status.outcome, 'rejected');
    assert.equal(namesOf(steps).includes('stopService'), false);
    assert.equal(namesOf(steps).includes('closeClaim'), false);
  });

  it('last good that does not serve any more ends it, with the claim left open', async () => {
    const steps = fakeSteps({ ...torn(), awaitReady: notReady });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rejected');
    assert.match(status.reason?.message ?? '', /1-aaaaaaa, which was good, could not be restored.*not ready/);
    assert.match(status.reason?.advice ?? '', /--fix-forward/);
    assert.equal(status.hosts.web1?.state, 'needs-operator', 'what served does not any more');
    assert.equal(namesOf(steps).includes('closeClaim'), false);
    assert.equal(namesOf(steps).includes('fetchRelease'), false);
  });

  it('alongside each other, a last good that does not serve displaces nothing', async () => {
    const left = { ...BESIDE, live: '2-bbbbbbb', abandoned: true };
    const steps = fakeSteps({ ...torn(left, left), startRelease: notReady });
    const { status } = await runner.outcome(steps, input({ settings: settings({ strategy: 'overlap' }) }));
    assert.equal(status.outcome, 'rejected');
    assert.equal(namesOf(steps).includes('switchRelease'), false);
    assert.equal(steps.inputs.get('web1 removeInstance')?.[0]?.release, '1-aaaaaaa');
    assert.notEqual(status.hosts.web1?.state, 'needs-operator', 'what served serves on');
  });

  it('repairs batch by batch, because each host is out of service for a moment', async () => {
    const steps = fakeSteps({
      ...torn(),
      restart: async () => new Promise<undefined>((go) => setTimeout(() => go(undefined), 50)),
    });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, batch: 1 }));
    assert.equal(status.outcome, 'deployed');
    const mending = steps.begun.filter((call) => /restart|awaitReady/.test(call)).slice(0, 4);
    const [first = '', second = '', third = '', fourth = ''] = mending.map((call) => call.split(' ')[0]);
    assert.deepEqual(
      [first === second, third === fourth, first === third],
      [true, true, false],
      mending.join(),
    );
  });

  it('a unit from before that no deploy has restored yet does not count as a repair', async () => {
    const left = { ...NOTHING_DEPLOYED, boots: FOREIGN_BOOT, abandoned: true };
    const steps = fakeSteps({ ...torn(left, left), preImport: notReady });
    const { status } = await runner.outcome(steps, input({ fixForward: true }));
    assert.equal(status.outcome, 'rejected');
    assert.equal(steps.inputs.get('web1 restart')?.[0]?.release, null, 'the unit from before is started');
    assert.equal(namesOf(steps).includes('closeClaim'), false, 'the next one has to know');
  });

  it('with --fix-forward that does not stop the deploy', async () => {
    const fails: Behaviour = async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined);
    const left = { ...LIVE_AND_READY, ready: false, abandoned: true };
    const steps = fakeSteps({ ...torn(TORN, left), awaitReady: fails });
    const { status } = await runner.outcome(steps, input({ fixForward: true }));
    assert.equal(status.outcome, 'deployed');
    assert.match(status.hosts.web1?.repaired ?? '', /last good does not serve/);
  });

  describe('going back from there', () => {
    const goesBack = (changes = {}) => input({ source: { previous: true }, fixForward: true, ...changes });
    const commit = 'a'.repeat(40);
    const good = { lastGood: '1-aaaaaaa', lastGoodCommit: commit };
    /** Last good is what is gone back to from there; from last good itself it is the one before. */
    const left = { ...TORN, ...good, previousGood: { id: '1-aaaaaaa', commit } };
    const back = {
      ...LIVE_AND_READY,
      ...good,
      previousGood: { id: '0-9999999', commit: '9'.repeat(40) },
    };
    const beside = { ...back, ...INSTANCE };

    it('only verifies the release that the repair restored, without the repository', async () => {
      const steps = fakeSteps(torn(left, back));
      const { status } = await runner.outcome(steps, goesBack());
      assert.deepEqual([status.outcome, status.commit], ['deployed', commit]);
      assert.deepEqual(namesOf(steps), [
        'inspectHost',
        'claimHost',
        'repairHost',
        'inspectHost',
        'restoreUnit',
        'restart',
        'awaitReady',
        'inspectHost',
        'awaitReady',
        'markGood',
      ]);
      assert.equal(steps.inputs.get('web1 markGood')?.[0]?.release, '1-aaaaaaa');
    });

    it('does so alongside other releases too, and neither starts nor ends the live one', async () => {
      const steps = fakeSteps(torn({ ...left, ...INSTANCE }, beside));
      const { status } = await runner.outcome(
        steps,
        goesBack({ settings: settings({ strategy: 'overlap' }) }),
      );
      assert.equal(status.outcome, 'deployed');
      assert.equal(steps.inputs.get('web1 startRelease')?.length, 1, 'by the repair');
      assert.equal(
        steps.begun.some((call) => /fetchRelease|installInstance|removeInstance/.test(call)),
        false,
      );
    });

    it('leaves hosts alone that the abandoned deploy had not reached', async () => {
      const steps = fakeSteps({
        ...torn(),
        inspectHost: async (host, _asked, nth) => (host === 'web1' && nth < 3 ? left : back),
      });
      const { status } = await runner.outcome(steps, goesBack(twoHosts));
      assert.deepEqual([status.outcome, status.commit], ['deployed', commit]);
      assert.equal(steps.inputs.get('web2 restart'), undefined);
      assert.equal(
        steps.begun.some((call) => call.endsWith('fetchRelease')),
        false,
      );
    });

    it('takes the other hosts back to it from the release that they were marked good with', async () => {
      const marked = { live: '2-bbbbbbb', lastGood: '2-bbbbbbb', lastGoodCommit: 'b'.repeat(40) };
      const steps = fakeSteps({
        claimHost: async (host) => ({ fence: 7, tookOver: host === 'web2', note: '' }),
        inspectHost: async (host, _asked, nth) => {
          if (host === 'web1') return { ...left, ...marked, abandoned: false };
          return nth < 3 ? left : back;
        },
      });
      const { status } = await runner.outcome(steps, goesBack(twoHosts));
      assert.equal(status.outcome, 'deployed');
      assert.deepEqual(
        ['web1', 'web2'].map((host) => steps.inputs.get(`${host} restart`)?.map(({ release }) => release)),
        [['1-aaaaaaa'], ['1-aaaaaaa']],
      );
    });

    it('starts last good again if it is live, is wanted and does not become ready', async () => {
      const notYet = { ...left, live: '1-aaaaaaa', ready: false };
      const steps = fakeSteps({
        ...torn(notYet, back),
        awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
      });
      const { status } = await runner.outcome(steps, goesBack());
      assert.deepEqual([status.outcome, status.commit], ['deployed', commit]);
      assert.equal(steps.inputs.get('web1 restart')?.length, 1);
    });

    it('loses no time with last good that is live when another release is wanted', async () => {
      const notYet = { ...back, ready: false, abandoned: true };
      const steps = fakeSteps({ ...torn(notYet, back) });
      const { status } = await runner.outcome(steps, goesBack());
      assert.deepEqual([status.outcome, status.commit], ['deployed', '9'.repeat(40)]);
      assert.deepEqual(
        steps.inputs.get('web1 restart')?.map(({ release }) => release),
        ['0-9999999'],
      );
      assert.equal(namesOf(steps).indexOf('restart') < namesOf(steps).indexOf('awaitReady'), true);
    });

    it('ends as rejected when the restored release stops being ready, and undoes nothing', async () => {
      const fails: Behaviour = async (host, asked, nth) =>
        nth === 2 ? notReady(host, asked, nth) : undefined;
      const steps = fakeSteps({ ...torn(left, back), awaitReady: fails });
      const { status } = await runner.outcome(steps, goesBack());
      assert.equal(status.outcome, 'rejected');
      assert.equal(steps.inputs.get('web1 restart')?.length, 1, 'by the repair');
    });
  });

  it('a cancel during the repair lets it end first, and then the deploy', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const steps = fakeSteps({
      ...torn(),
      restart: async () => {
        await held;
        return undefined;
      },
    });
    await runner.deploying(steps, input(), async (handle) => {
      await until(() => steps.begun.includes('web1 restart'));
      await handle.cancel();
      release();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome], ['CANCELLED', 'rejected']);
    });
    assert.deepEqual(namesOf(steps).slice(-3), ['awaitReady', 'inspectHost', 'closeClaim']);
  });
});
