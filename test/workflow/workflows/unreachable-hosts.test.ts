import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../../src/deployment/failures';
import { supersedeUpdate } from '../../../src/workflows/messages';
import { input, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY } from '../../harness/inspections';
import { decide, gone, needsOperator, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { type Behaviour, type FakeSteps, fakeSteps } from './fake-steps';
import { finalStatus, type Handle, statusOf, WorkflowRunner } from './workflow-runner';

const onlyOn =
  (wanted: string, behaviour: Behaviour): Behaviour =>
  async (host, asked, nth) =>
    host === wanted ? behaviour(host, asked, nth) : undefined;

const firstTime =
  (behaviour: Behaviour): Behaviour =>
  async (host, asked, nth) =>
    nth === 1 ? behaviour(host, asked, nth) : undefined;

const isOfNew = (asked: unknown) => (asked as { release: string | null }).release !== LIVE_AND_READY.live;

/**
 * Not by counting: what is cancelled because the other host has failed may never have been asked. And not
 * before every host is restarted: one that the failure overtakes has nothing to be brought back from.
 */
const newIsNotReady =
  (steps: () => FakeSteps): Behaviour =>
  async (host, asked, nth) => {
    if (!isOfNew(asked)) return undefined;
    await until(() => {
      const { begun } = steps();
      const claimed = begun.filter((call) => call.endsWith(' claimHost'));
      return claimed.every((call) => begun.includes(call.replace('claimHost', 'restart')));
    });
    return notReady(host, asked, nth);
  };

const SUPERSESSION = { args: [{ by: 'ops', commit: 'c'.repeat(40) }] as [{ by: string; commit: string }] };

/** Both hosts are released at once, and the release is not ready. */
function bothFail(keepTrying = 3_600_000) {
  return input({ ...twoHosts, batch: 2, settings: settings({ rollback: { keepTrying } }) });
}

describe('a rollback while a host cannot be reached, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  /** web2 is gone when it is to be rolled back, for as long as the test says. */
  function goneMeanwhile(): { steps: FakeSteps; comeBack: () => void } {
    let comeBack: () => void = () => undefined;
    const back = new Promise<undefined>((resolve) => {
      comeBack = () => resolve(undefined);
    });
    const steps: FakeSteps = fakeSteps({
      awaitReady: newIsNotReady(() => steps),
      restoreUnit: onlyOn('web2', firstTime(gone)),
      awaitHost: (...asked) => Promise.race([back, untilCancelled(...asked)]),
    });
    return { steps, comeBack };
  }

  const factOf = async (handle: Handle, host: string) =>
    statusOf((await handle.describe()).memo)?.hosts[host] ?? null;
  const isWaitedFor = (handle: Handle) => async () => (await factOf(handle, 'web2'))?.state === 'unreachable';

  it('says since when and until when it is retried, delays no other host, and continues when it is back', async () => {
    const { steps, comeBack } = goneMeanwhile();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await until(isWaitedFor(handle));
      await until(async () => (await factOf(handle, 'web1'))?.state === 'restored');
      const problem = (await factOf(handle, 'web2'))?.problem ?? '';
      const [, end = '', begin = ''] =
        /^tried again until (\S+ \S+ UTC), without success since (\S+ \S+ UTC): web2 cannot be reached/.exec(
          problem,
        ) ?? assert.fail(problem);
      assert.equal(Date.parse(end) - Date.parse(begin), 3600_000);
      comeBack();
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'rolled-back');
      assert.deepEqual(status.hosts.web2, { state: 'restored', live: '1-aaaaaaa', problem: null, ran: true });
    });
  });

  it('counts another try as the same change, which outranks the first one', async () => {
    const { steps, comeBack } = goneMeanwhile();
    comeBack();
    await runner.outcome(steps, bothFail());
    const [first, second] = steps.inputs.get('web2 restoreUnit') ?? [];
    assert.deepEqual(second, { ...first, tries: 1 });
  });

  it('asks an operator when the time is over, and says that it was', async () => {
    const steps: FakeSteps = fakeSteps({
      awaitReady: newIsNotReady(() => steps),
      restoreUnit: onlyOn('web2', gone),
      awaitHost: async (host) => {
        throw fail('HostUnreachable', `${host} cannot be reached: refused.`, { host, advice: '' });
      },
    });
    await runner.deploying(steps, bothFail(2_000), async (handle) => {
      await needsOperator(handle);
      const status = statusOf((await handle.describe()).memo);
      assert.equal(status?.hosts.web1?.state, 'restored');
      assert.equal(status?.hosts.web2?.state, 'needs-operator');
      assert.deepEqual([status?.trouble?.type, status?.trouble?.host], ['HostUnreachable', 'web2']);
      assert.match(
        status?.trouble?.message ?? '',
        /Given up after trying since .*, as long as rollback.keepTrying says: web2 cannot be reached/,
      );
      assert.match(status?.trouble?.advice ?? '', /take it out of landfall.yaml .*--supersede/);
      await decide(handle, 'accept');
      await finalStatus(handle);
    });
  });

  /** web1 cannot be restored, and web2 is gone until `comeBack`. */
  function oneFailsOneIsGone() {
    const { steps, comeBack } = goneMeanwhile();
    let mended = false;
    const { restoreUnit } = steps.activities;
    steps.activities.restoreUnit = async (change) => {
      if (change.host.name === 'web1' && !mended) {
        throw fail('CommandFailed', 'web1 has no room', { host: 'web1', advice: 'Make room.' });
      }
      return restoreUnit(change);
    };
    const mend = () => {
      mended = true;
    };
    return { steps, comeBack, mend };
  }

  it('asks an operator at once where another host has failed, and a decision goes for both', async () => {
    const { steps, mend } = oneFailsOneIsGone();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await needsOperator(handle);
      const status = statusOf((await handle.describe()).memo);
      assert.deepEqual([status?.trouble?.host, status?.trouble?.message], ['web1', 'web1 has no room']);
      assert.deepEqual(
        [status?.hosts.web1?.state, status?.hosts.web2?.state],
        ['needs-operator', 'unreachable'],
      );
      mend();
      await decide(handle, 'retry');
      const { status: last } = await finalStatus(handle);
      assert.deepEqual([last.outcome, last.trouble, last.decisions], ['rolled-back', null, ['retry by ops']]);
      assert.deepEqual([last.hosts.web1?.state, last.hosts.web2?.state], ['restored', 'restored']);
    });
  });

  it('continues with the host that is back while it asks for the other one', async () => {
    const { steps, comeBack, mend } = oneFailsOneIsGone();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await needsOperator(handle);
      comeBack();
      await until(async () => (await factOf(handle, 'web2'))?.state === 'restored');
      assert.equal(statusOf((await handle.describe()).memo)?.outcome, 'needs-operator');
      mend();
      await decide(handle, 'retry');
      assert.equal((await finalStatus(handle)).status.outcome, 'rolled-back');
    });
  });

  it('leaves both as they stand when that is accepted, and says so of both', async () => {
    const { steps } = oneFailsOneIsGone();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'accept');
      const { status } = await finalStatus(handle);
      assert.deepEqual(
        [status.outcome, status.hosts.web1?.state, status.hosts.web2?.state],
        ['accepted', 'needs-operator', 'needs-operator'],
      );
    });
  });

  it('takes one answer of two that come at once, and tells whose', async () => {
    const { steps } = oneFailsOneIsGone();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await needsOperator(handle);
      const answers = await Promise.allSettled([
        decide(handle, 'accept'),
        handle.executeUpdate(supersedeUpdate, SUPERSESSION),
      ]);
      const { status } = await finalStatus(handle);
      const [decided, superseded] = answers.map((answer) => answer.status === 'fulfilled');
      assert.deepEqual(
        [decided, superseded, status.decisions],
        decided
          ? [true, false, ['accept by ops']]
          : [false, true, ['superseded by ccccccc, asked for by ops']],
      );
    });
  });

  it('takes no decision while it has asked for none', async () => {
    const { steps, comeBack } = goneMeanwhile();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await until(isWaitedFor(handle));
      await assert.rejects(decide(handle, 'accept'), (error: Error) =>
        /is not waiting for a decision/.test((error.cause as Error).message),
      );
      comeBack();
      await finalStatus(handle);
    });
  });

  it('gives a host that answers without an outcome as long, with pauses', async () => {
    const steps: FakeSteps = fakeSteps({
      awaitReady: newIsNotReady(() => steps),
      restoreUnit: async (host) => {
        throw ApplicationFailure.create({
          type: 'OutcomeUnknown',
          nonRetryable: true,
          message: 'no answer',
          details: [{ host, advice: '' }],
        });
      },
    });
    // Longer than the first pause of 10 s.
    const patience = settings({ rollback: { keepTrying: 14_000 } });
    await runner.deploying(steps, input({ settings: patience }), async (handle) => {
      await needsOperator(handle);
      const tries = (steps.inputs.get('web1 restoreUnit') ?? []).map(({ tries }) => tries);
      assert.deepEqual(tries.slice(0, 3), [0, 1, 2]);
      // One more follows when the time is over, if the host says within a second that it answers.
      assert.ok(tries.length <= 4, tries.join());
      await decide(handle, 'accept');
      await finalStatus(handle);
    });
  });

  it('asks an operator at once for a failure that no waiting repairs', async () => {
    const { steps } = goneMeanwhile();
    steps.activities.awaitHost = async () => {
      throw fail('HostKeyMismatch', 'another machine answers', { host: 'web2', advice: '' });
    };
    await runner.deploying(steps, bothFail(), async (handle) => {
      await needsOperator(handle);
      const trouble = statusOf((await handle.describe()).memo)?.trouble;
      assert.deepEqual([trouble?.type, trouble?.message], ['HostKeyMismatch', 'another machine answers']);
      await decide(handle, 'accept');
      await finalStatus(handle);
    });
  });

  it('waits on when it is cancelled once more', async () => {
    const { steps, comeBack } = goneMeanwhile();
    await runner.deploying(steps, bothFail(), async (handle) => {
      await until(isWaitedFor(handle));
      await handle.cancel();
      await handle.cancel();
      await until(async () => (await handle.fetchHistory()).events?.some(isCancelRequest) ?? false);
      assert.equal(await isWaitedFor(handle)(), true);
      comeBack();
      assert.equal((await finalStatus(handle)).status.hosts.web2?.state, 'restored');
    });
  });

  it('lets another deploy get past it once nothing else is done, and changes nothing more', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<undefined>((resolve) => {
      finish = () => resolve(undefined);
    });
    const steps: FakeSteps = fakeSteps({
      awaitReady: async (host, asked, nth) => {
        if (isOfNew(asked)) return newIsNotReady(() => steps)(host, asked, nth);
        return host === 'web1' ? finished : undefined;
      },
      restoreUnit: onlyOn('web2', gone),
      awaitHost: untilCancelled,
    });
    await runner.deploying(steps, bothFail(), async (handle) => {
      await until(isWaitedFor(handle));
      await until(() => steps.inputs.get('web1 awaitReady')?.some((asked) => !isOfNew(asked)) ?? false);
      await assert.rejects(handle.executeUpdate(supersedeUpdate, SUPERSESSION), (error: Error) =>
        /changing hosts right now.*try again shortly/.test((error.cause as Error).message),
      );
      finish();
      await until(async () => (await factOf(handle, 'web1'))?.state === 'restored');
      // The run reports the wait at the moment when it starts the wait.
      await until(() => steps.begun.includes('web2 awaitHost'));
      const done = steps.begun.length;
      await handle.executeUpdate(supersedeUpdate, SUPERSESSION);
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome], ['FAILED', 'superseded']);
      assert.deepEqual(status.decisions, ['superseded by ccccccc, asked for by ops']);
      assert.equal(status.hosts.web2?.state, 'unreachable');
      assert.equal(steps.begun.length, done);
    });
  });

  it('treats a host that is gone at the commit point alike', async () => {
    let comeBack: () => void = () => undefined;
    const back = new Promise<undefined>((resolve) => {
      comeBack = () => resolve(undefined);
    });
    const steps = fakeSteps({ markGood: onlyOn('web2', firstTime(gone)), awaitHost: () => back });
    await runner.deploying(steps, bothFail(), async (handle) => {
      await until(isWaitedFor(handle));
      comeBack();
      const { status } = await finalStatus(handle);
      assert.deepEqual([status.outcome, status.hosts.web2?.state], ['deployed', 'good']);
    });
  });

  it('waits out an SSH server that is away for half a minute before its last word to a host', async () => {
    let since = 0;
    const steps = fakeSteps({
      preImport: async (host) => {
        throw fail('PreImportFailed', 'no module', { host, advice: '' });
      },
      closeClaim: async (host) => {
        since ||= Date.now();
        if (Date.now() - since < 33_000) throw fail('HostUnreachable', 'no port 22', { host, advice: '' });
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rejected');
    assert.equal(status.hosts.web1?.problem, 'no module', 'the claim was closed');
  });
});

function isCancelRequest(event: { workflowExecutionCancelRequestedEventAttributes?: unknown }): boolean {
  return Boolean(event.workflowExecutionCancelRequestedEventAttributes);
}
