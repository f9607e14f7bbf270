import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Activities } from '../../../src/activities';
import { fail } from '../../../src/deployment/failures';
import { input, settings } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY } from '../../harness/inspections';
import { decide, needsOperator, notReady, twoHosts, until } from './behaviours';
import { type Behaviour, type FakeSteps, fakeSteps } from './fake-steps';
import { finalStatus, type Handle, WorkflowRunner } from './workflow-runner';

const OLD = '1-aaaaaaa';
const NEW = '2-0123456';

/** Where going forward passes, in its order, and the step with which the first rollback fails. */
const WAYS = {
  restart: {
    seen: LIVE_AND_READY,
    forward: ['renderUnit', 'restart', 'awaitReady'],
    back: 'restart',
  },
  overlap: {
    seen: BESIDE,
    forward: ['installInstance', 'startRelease', 'switchRelease', 'awaitReady'],
    back: 'startRelease',
  },
  'overlap, from a unit that listens by itself': {
    seen: LIVE_AND_READY,
    forward: ['installInstance', 'makeRoom', 'startRelease', 'switchRelease', 'awaitReady'],
    back: 'restart',
  },
} as const;

describe('going forward when it fails, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  /** The new release is not ready at first, going back fails at first, and going forward fails at `step`. */
  function failing(way: (typeof WAYS)[keyof typeof WAYS], step: string): FakeSteps {
    const counts = new Map<string, number>();
    const failsAt =
      (name: string): Behaviour =>
      async (host, asked) => {
        const { release } = asked as { release?: string | null };
        const call = `${host} ${name} ${release}`;
        const nth = (counts.get(call) ?? 0) + 1;
        counts.set(call, nth);
        const isFirstTrouble = nth === 1 && release === NEW && name === 'awaitReady';
        const isSecondTrouble = nth === 1 && release === OLD && name === way.back;
        const isThirdTrouble = nth === 2 && release === NEW && name === step;
        if (isFirstTrouble || isSecondTrouble || isThirdTrouble)
          throw fail('CommandFailed', `no space left (${call}, ${nth})`, { host, advice: '' });
        return undefined;
      };
    const names: (keyof Activities)[] = [
      'renderUnit',
      'restart',
      'awaitReady',
      'installInstance',
      'makeRoom',
      'startRelease',
      'switchRelease',
    ];
    return fakeSteps({
      ...Object.fromEntries(names.map((name) => [name, failsAt(name)])),
      inspectHost: async () => way.seen,
    });
  }

  /** Which release what serves was last told to be. */
  function liveIn(steps: FakeSteps, host: string): unknown {
    const puts = steps.begun.filter((call) => call === `${host} restart` || call === `${host} switchRelease`);
    return steps.inputs.get(puts.at(-1) ?? '')?.at(-1)?.release;
  }

  for (const [strategy, way] of Object.entries(WAYS)) {
    for (const step of way.forward) {
      it(`${strategy}: in ${step}, everything is taken back`, async () => {
        const steps = failing(way, step);
        const wanted = input({
          settings: settings({ strategy: strategy === 'restart' ? 'restart' : 'overlap' }),
        });
        await runner.deploying(steps, wanted, async (handle) => {
          await needsOperator(handle);
          const before = steps.begun.length;
          await decide(handle, 'go-forward');
          const { status } = await finalStatus(handle);
          assert.equal(status.outcome, 'rolled-back');
          assert.equal(status.hosts.web1?.state, 'restored');
          assert.match(status.reason?.message ?? '', new RegExp(`no space left .*${step} ${NEW}`));
          const since = steps.begun.slice(before);
          assert.equal(since.filter((call) => call === `web1 ${way.back}`).length > 0, true, since.join());
        });
        assert.equal(liveIn(steps, 'web1'), OLD);
      });
    }
  }

  it('before anything is changed on a host that was rolled back already, that one is as before too', async () => {
    const way = WAYS.overlap;
    const steps = failing(way, 'installInstance');
    const { startRelease } = steps.activities;
    // Only web2 could not be rolled back at first.
    steps.activities.startRelease = async (change) => {
      const isBack = change.host.name === 'web1' && change.release === OLD;
      return isBack ? { note: '', proven: true } : startRelease(change);
    };
    const wanted = input({ ...twoHosts, batch: 2, settings: settings({ strategy: 'overlap' }) });
    await runner.deploying(steps, wanted, async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'go-forward');
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'rolled-back');
      assert.deepEqual([status.hosts.web1?.state, status.hosts.web2?.state], ['restored', 'restored']);
      assert.deepEqual([status.hosts.web1?.problem, status.hosts.web2?.problem], [null, null]);
    });
  });

  for (const fails of [false, true]) {
    it(`and a cancel is asked for meanwhile, everything is taken back${fails ? ', also when it fails' : ''}`, async () => {
      const under = gate();
      const goOn = gate();
      const steps = fakeSteps({
        awaitReady: async (host, asked, nth) => {
          if (nth > 3) return undefined;
          if (nth < 3) return notReady(host, asked, nth);
          under.open();
          await goOn.opened;
          return fails ? notReady(host, asked, nth) : undefined;
        },
      });
      await runner.deploying(steps, input(), async (handle) => {
        await needsOperator(handle);
        await decide(handle, 'go-forward');
        await under.opened;
        await handle.cancel();
        goOn.open();
        const { status, temporal } = await finalStatus(handle);
        assert.deepEqual(
          [temporal, status.outcome, status.cancelled, status.hosts.web1?.state],
          ['CANCELLED', 'rolled-back', true, 'restored'],
        );
        assert.equal(status.reason?.type, fails ? 'NotReady' : 'Cancelled');
      });
      assert.equal(steps.begun.includes('web1 markGood'), false);
    });
  }

  it('a cancel from before it was chosen counts no more', async () => {
    const steps = fakeSteps({
      awaitReady: async (host, asked, nth) => (nth < 3 ? notReady(host, asked, nth) : undefined),
    });
    await runner.deploying(steps, input(), async (handle) => {
      await needsOperator(handle);
      await handle.cancel();
      await until(() => hasTakenCancel(handle));
      await decide(handle, 'go-forward');
      assert.equal((await finalStatus(handle)).status.outcome, 'deployed');
    });
  });
});

/** A gate that stays closed until a test opens it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function hasTakenCancel(handle: Handle): Promise<boolean> {
  const events = (await handle.fetchHistory()).events ?? [];
  const cancelled = events.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
  const after = cancelled === -1 ? [] : events.slice(cancelled);
  return after.some((event) => event.workflowTaskCompletedEventAttributes);
}
