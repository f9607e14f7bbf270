import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ServiceSettings, settingsForm } from '../../../src/config/settings';
import { fail } from '../../../src/deployment/failures';
import { input, soakOf } from '../../harness/deploy-input';
import { BESIDE, OPEN_CLAIM, probe } from '../../harness/inspections';
import { decide, namesOf, needsOperator, notReady, twoHosts } from './behaviours';
import { type Behaviour, type FakeSteps, fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

const OLD = '1-aaaaaaa';
const NEW = '2-0123456';

const withProcesses = (processes: object): ServiceSettings =>
  settingsForm.read({ strategy: 'overlap', processes } as never, { service: 'shop' });
const worker = withProcesses({ worker: { command: 'celery -A shop worker', drain: '6h' } });
const beat = withProcesses({ beat: { command: 'celery -A shop beat', singleton: true } });

/** A host whose live release has these settings, and the processes that run there. */
const live = (settings: ServiceSettings, ...found: string[]) => ({
  ...BESIDE,
  probes: { ...BESIDE.probes, live: probe({ settings }), lastGood: probe({ settings }) },
  processes: found.map((process) => ({ process, release: OLD, drainsUntil: null })),
});

const crashes: Behaviour = async (host) => {
  throw fail('CrashLoop', `worker did not stay up on ${host}`, { host, advice: '', evidence: {} });
};

/** Fails the first time, on that host. */
const atFirst =
  (behaviour: Behaviour, on = 'web1'): Behaviour =>
  async (host, asked, nth) =>
    nth === 1 && host === on ? behaviour(host, asked, nth) : undefined;

describe('a deploy with processes, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  /** The steps after the preparation, with the processes and the release of each step that has them. */
  const released = (steps: FakeSteps, host = 'web1') => {
    const seen = new Map<string, number>();
    const names = namesOf(steps, host);
    return names.slice(names.indexOf('installInstance') + 1).flatMap((name) => {
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const { processes, release } = steps.inputs.get(`${host} ${name}`)?.[nth] ?? {};
      if (name === 'preImport') return [];
      return [processes === undefined ? name : `${name} ${processes}${release ? ` of ${release}` : ''}`];
    });
  };

  it('starts a worker after the gate, switches it after the web server, and says who drains', async () => {
    const draining = [{ process: 'worker', release: OLD, until: '2026-01-01T17:20:00Z' }];
    const steps = fakeSteps({
      inspectHost: async () => live(worker, 'worker'),
      switchProcesses: async () => ({ note: '', draining }),
    });
    const { status } = await runner.outcome(steps, input({ settings: worker }));
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(released(steps), [
      'startRelease',
      `startProcesses worker of ${NEW}`,
      'switchRelease',
      `switchProcesses worker of ${NEW}`,
      'awaitReady',
      'markGood',
    ]);
    assert.deepEqual(status.hosts.web1?.draining, draining);
  });

  it('a worker that does not stay up rejects the release: nothing that serves was touched', async () => {
    const steps = fakeSteps({ inspectHost: async () => live(worker, 'worker'), startProcesses: crashes });
    const { status } = await runner.outcome(steps, input({ settings: worker }));
    assert.deepEqual([status.outcome, status.reason?.type], ['rejected', 'CrashLoop']);
    assert.deepEqual(released(steps).slice(2), ['removeInstance', 'discardRelease', 'closeClaim']);
  });

  it('a failure after the switchover brings the old worker back, after the old web server', async () => {
    const steps = fakeSteps({
      inspectHost: async () => live(worker, 'worker'),
      awaitReady: atFirst(notReady),
    });
    const { status } = await runner.outcome(steps, input({ settings: worker }));
    assert.deepEqual([status.outcome, status.hosts.web1?.state], ['rolled-back', 'restored']);
    assert.deepEqual(released(steps).slice(5), [
      'startRelease',
      'switchRelease',
      'awaitReady',
      `startProcesses worker of ${OLD}`,
      `switchProcesses worker of ${OLD}`,
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('moves a singleton after the last host, and no host starts one before all have ended theirs', async () => {
    const steps = fakeSteps({ inspectHost: async () => live(beat, 'beat') });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: beat }));
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(released(steps).slice(3), [
      'finishProcesses beat',
      `startProcesses beat of ${NEW}`,
      `switchProcesses beat of ${NEW}`,
      // Whether the first hosts still serve.
      'awaitReady',
      'markGood',
    ]);
    const at = (call: string) => steps.begun.indexOf(call);
    assert.ok(at('web1 finishProcesses') > at('web2 awaitReady'));
    for (const host of ['web1', 'web2'])
      assert.ok(steps.ended.indexOf(`${host} finishProcesses`) >= 0, `${host} ends what runs there`);
    assert.ok(!steps.begun.includes('web2 startProcesses'), 'one host alone has it');
  });

  it('a singleton that cannot end on one host is started on none, and goes back after all web servers', async () => {
    const steps = fakeSteps({
      inspectHost: async () => live(beat, 'beat'),
      finishProcesses: atFirst(crashes, 'web2'),
    });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: beat }));
    assert.equal(status.outcome, 'rolled-back');
    const started = steps.inputs.get('web1 startProcesses')?.map(({ release }) => release);
    assert.deepEqual(started, [OLD]);
    const back = (call: string) => steps.begun.lastIndexOf(call);
    assert.ok(back('web1 startProcesses') > back('web1 awaitReady'));
    assert.ok(back('web1 startProcesses') > back('web2 awaitReady'));
    assert.deepEqual(
      ['web1', 'web2'].map((host) => status.hosts[host]?.state),
      ['restored', 'restored'],
    );
  });

  it('a bad soak brings the singleton back, too', async () => {
    const settings = { ...beat, soak: soakOf(60_000) };
    const steps = fakeSteps({ inspectHost: async () => live(beat, 'beat'), soak: crashes });
    const { status } = await runner.outcome(steps, input({ settings }));
    assert.equal(status.outcome, 'rolled-back');
    const steps1 = released(steps);
    assert.deepEqual(steps1.slice(steps1.indexOf('soak') + 1), [
      'startRelease',
      'switchRelease',
      'awaitReady',
      'removeInstance',
      'finishProcesses beat',
      `startProcesses beat of ${OLD}`,
      `switchProcesses beat of ${OLD}`,
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('an operator is asked when a singleton does not come back, and retry tries only that again', async () => {
    const settings = { ...beat, soak: soakOf(60_000) };
    const steps = fakeSteps({
      inspectHost: async () => live(beat, 'beat'),
      soak: crashes,
      startProcesses: async (host, asked, nth) => (nth === 2 ? crashes(host, asked, nth) : undefined),
    });
    await runner.deploying(steps, input({ settings }), async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'retry');
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'rolled-back');
      assert.deepEqual([status.hosts.web1?.state, status.hosts.web1?.problem], ['restored', null]);
    });
    assert.equal(steps.inputs.get('web1 switchRelease')?.length, 2, 'the web server went back once');
    assert.equal(steps.inputs.get('web1 startProcesses')?.length, 3);
  });

  it('going forward starts the worker and moves the singleton once more', async () => {
    const both = { ...worker, processes: { ...worker.processes, ...beat.processes } };
    const steps = fakeSteps({
      inspectHost: async () => live(both, 'worker', 'beat'),
      // The release is not ready at first, and the old one cannot be started again.
      awaitReady: atFirst(notReady),
      startRelease: async (host, asked, nth) => (nth === 2 ? crashes(host, asked, nth) : undefined),
    });
    await runner.deploying(steps, input({ settings: both }), async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'go-forward');
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'deployed');
    });
    const all = released(steps);
    assert.deepEqual(all.slice(all.lastIndexOf('startRelease')), [
      'startRelease',
      `startProcesses worker of ${NEW}`,
      'switchRelease',
      `switchProcesses worker of ${NEW}`,
      'awaitReady',
      'finishProcesses beat',
      `startProcesses beat of ${NEW}`,
      `switchProcesses beat of ${NEW}`,
      'markGood',
    ]);
  });

  it('after an abandoned deploy the workers of last good are started, also when its web server serves', async () => {
    const left = { ...live(worker), claim: OPEN_CLAIM, abandoned: true };
    const steps = fakeSteps({
      inspectHost: async () => left,
      claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
      fetchRelease: crashes,
    });
    await runner.outcome(steps, input({ settings: worker }));
    const calls = steps.inputs.get('web1 startProcesses')?.map(({ release }) => release);
    assert.deepEqual(calls, [OLD]);
    assert.ok(!steps.begun.includes('web1 switchRelease'));
  });
});
