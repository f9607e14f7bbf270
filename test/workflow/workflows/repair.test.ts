import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AwaitReadyInput } from '../../../src/activities/observe/await-ready';
import { settingsForm } from '../../../src/config/settings';
import type { Address } from '../../../src/contract/contract-types';
import { fail } from '../../../src/deployment/failures';
import type { Inspection } from '../../../src/deployment/inspection';
import { doctorInput, hostTarget, settings } from '../../harness/deploy-input';
import { BESIDE, OPEN_CLAIM as claim, LIVE_AND_READY, listening, probe } from '../../harness/inspections';
import { decide, namesOf, notReady, until } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

const TORN: Inspection = { ...LIVE_AND_READY, live: '2-bbbbbbb', abandoned: true, claim };

const found =
  (...seen: Inspection[]): Behaviour =>
  async (_host, _asked, nth) =>
    seen[Math.min(nth, seen.length) - 1];

describe('the repair workflow, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const outcome = (steps: ReturnType<typeof fakeSteps>, input = doctorInput()) =>
    runner.running('repair', steps, input, finalStatus);

  it('changes nothing on a host that is well', async () => {
    const steps = fakeSteps();
    const { status, temporal } = await outcome(steps);
    assert.deepEqual([temporal, status.outcome, status.task], ['COMPLETED', 'repaired', 'repair']);
    assert.deepEqual(namesOf(steps), ['inspectHost']);
    assert.equal(status.hosts.web1?.state, 'well');
  });

  it('restores last good, no matter what is live, and closes the claim', async () => {
    const steps = fakeSteps({ inspectHost: found(TORN) });
    const { status } = await outcome(steps);
    assert.equal(status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(1), [
      'claimHost',
      'repairHost',
      'inspectHost',
      'restoreUnit',
      'restart',
      'awaitReady',
      'closeClaim',
    ]);
    assert.equal(steps.inputs.get('web1 claimHost')?.[0]?.commit, LIVE_AND_READY.lastGoodCommit);
    assert.deepEqual(status.hosts.web1, {
      state: 'repaired',
      live: '1-aaaaaaa',
      problem: null,
      repaired: '1-aaaaaaa restored',
      lastGood: { release: '1-aaaaaaa', commit: LIVE_AND_READY.lastGoodCommit },
    });
  });

  it('alongside each other: last good starts alongside the leftover release, and takes over', async () => {
    const steps = fakeSteps({ inspectHost: found({ ...TORN, ...BESIDE, live: '2-bbbbbbb' }) });
    const { status } = await outcome(steps, doctorInput({ settings: settings({ strategy: 'overlap' }) }));
    assert.equal(status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(4), ['startRelease', 'switchRelease', 'awaitReady', 'closeClaim']);
  });

  it('a release that was ready before the claim is probed in the same way after it, also after a move', async () => {
    const HERE = { host: '127.0.0.1', port: 8000 };
    const way = (address: Address, moved: boolean) => ({ address, settings: settings(), moved });
    const there = way({ host: '127.0.0.1', port: 7000 }, true);
    const probes = { live: way(HERE, false), lastGood: there, previousGood: null };
    const seen: Inspection = { ...LIVE_AND_READY, ...BESIDE, leftovers: ['something is left'], probes };
    // The claim that the repair has made itself is one that has not ended.
    const claimed: Inspection = {
      ...seen,
      ready: false,
      leftovers: [],
      claim,
      probes: { live: there, lastGood: there, previousGood: null },
    };
    const steps = fakeSteps({ inspectHost: found(seen, claimed) });
    const { status } = await outcome(steps, doctorInput({ settings: settings({ strategy: 'overlap' }) }));
    assert.equal(status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(4), ['awaitReady', 'closeClaim']);
    const [waited] = steps.inputs.get('web1 awaitReady') ?? [];
    assert.deepEqual((waited as unknown as AwaitReadyInput).host.bind, HERE);
  });

  describe('a singleton that runs on the wrong host', () => {
    const kept = settingsForm.read(
      { strategy: 'overlap', processes: { beat: { command: 'beat', singleton: true } } } as never,
      { service: 'shop' },
    );
    const probes = { ...BESIDE.probes, live: probe({ settings: kept }), lastGood: probe({ settings: kept }) };
    const beat = { process: 'beat', release: BESIDE.lastGood ?? '', drainsUntil: null };
    const hosts = { hosts: [hostTarget('web1'), hostTarget('web2')] };
    const seen: Behaviour = async (host) => ({
      ...BESIDE,
      probes,
      ...(host === 'web2' && { processes: [beat] }),
    });

    it('ends there before it starts where it belongs', async () => {
      const steps = fakeSteps({ inspectHost: seen });
      const { status } = await outcome(steps, doctorInput({ ...hosts, settings: kept }));
      assert.equal(status.outcome, 'repaired');
      assert.deepEqual(
        steps.ended.filter((call) => /Processes/.test(call)),
        ['web2 finishProcesses', 'web1 startProcesses', 'web1 switchProcesses'],
      );
      assert.deepEqual(
        ['web1', 'web2'].map((host) => status.hosts[host]?.repaired),
        ['beat started', 'beat ended'],
      );
    });

    it('starts nowhere while it may run', async () => {
      const finishProcesses: Behaviour = async (host) => {
        throw fail('CommandFailed', `beat on ${host} did not end`, { host, advice: '' });
      };
      const steps = fakeSteps({ inspectHost: seen, finishProcesses });
      const { status } = await outcome(steps, doctorInput({ ...hosts, settings: kept }));
      assert.equal(status.outcome, 'not-repaired');
      assert.ok(!steps.begun.includes('web1 startProcesses'));
      assert.match(status.hosts.web1?.problem ?? '', /beat may still run on web2, which was not repaired/);
    });
  });

  it('a last good that is live and not ready gets time, and is started again only if that fails', async () => {
    const unready: Inspection = { ...LIVE_AND_READY, ready: false, why: 'status 503' };
    const patient = fakeSteps({ inspectHost: found(unready) });
    assert.equal((await outcome(patient)).status.outcome, 'repaired');
    assert.equal(namesOf(patient).includes('restart'), false);

    const once: Behaviour = async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined);
    const steps = fakeSteps({ inspectHost: found(unready), awaitReady: once });
    assert.equal((await outcome(steps)).status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(4), [
      'awaitReady',
      'restoreUnit',
      'restart',
      'awaitReady',
      'closeClaim',
    ]);
  });

  it('where nothing was ever good, what runs stays and the claim is closed', async () => {
    const first: Inspection = { ...TORN, lastGood: null, lastGoodCommit: null };
    const steps = fakeSteps({ inspectHost: found(first) });
    const { status } = await outcome(steps);
    assert.equal(status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(1), ['claimHost', 'repairHost', 'inspectHost', 'closeClaim']);

    const bad = fakeSteps({ inspectHost: found({ ...first, ready: false, why: 'status 503' }) });
    const unrepaired = (await outcome(bad)).status;
    assert.equal(unrepaired.outcome, 'not-repaired');
    assert.match(unrepaired.reason?.advice ?? '', /deploy a good commit/);
  });

  it('where nothing runs and nothing was ever good, nothing listens afterwards', async () => {
    const empty: Inspection = {
      ...TORN,
      live: null,
      running: false,
      lastGood: null,
      socket: listening(8000),
    };
    const steps = fakeSteps({ inspectHost: found(empty) });
    assert.equal((await outcome(steps)).status.outcome, 'repaired');
    assert.deepEqual(namesOf(steps).slice(-2), ['stopService', 'closeClaim']);
  });

  it('a host that cannot be repaired delays no other, and the run ends and says what to do', async () => {
    const steps = fakeSteps({
      inspectHost: found(TORN),
      awaitReady: async (host, asked, nth) => (host === 'web1' ? notReady(host, asked, nth) : undefined),
    });
    const { status, temporal } = await outcome(
      steps,
      doctorInput({ hosts: [hostTarget('web1'), hostTarget('web2')] }),
    );
    assert.deepEqual([temporal, status.outcome], ['FAILED', 'not-repaired']);
    assert.deepEqual([status.hosts.web1?.state, status.hosts.web2?.state], ['needs-operator', 'repaired']);
    assert.match(
      status.hosts.web1?.problem ?? '',
      /not ready on web1.*landfall doctor shop --env production/,
    );
    assert.equal(namesOf(steps).includes('closeClaim'), false, 'the next one has to know');
  });

  it('a host of another engine is refused, and left as it stands', async () => {
    const steps = fakeSteps({
      inspectHost: found(TORN),
      claimHost: async (host) => {
        throw fail('Fenced', 'unfinished', { host, advice: 'Use --take-over.' });
      },
    });
    const { status } = await outcome(steps);
    assert.equal(status.outcome, 'not-repaired');
    assert.match(status.hosts.web1?.problem ?? '', /--take-over/);
    assert.equal(namesOf(steps).at(-1), 'claimHost');
  });

  it('a cancel waits for the steps that have begun, and asks no operator meanwhile', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const steps = fakeSteps({
      inspectHost: found(TORN),
      restart: async () => {
        await held;
        return undefined;
      },
    });
    await runner.running('repair', steps, doctorInput(), async (handle) => {
      await until(() => steps.begun.includes('web1 restart'));
      await assert.rejects(decide(handle, 'retry'));
      await handle.cancel();
      release();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome], ['COMPLETED', 'repaired']);
    });
  });

  it('a cancel during a look that succeeds all the same changes nothing', async () => {
    let cancel: () => Promise<unknown> = async () => undefined;
    const steps = fakeSteps({
      inspectHost: async () => {
        await cancel();
        return TORN;
      },
    });
    await runner.running('repair', steps, doctorInput(), async (handle) => {
      cancel = () => handle.cancel();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'not-repaired', true]);
    });
    assert.equal(namesOf(steps).includes('claimHost'), false);
  });

  it('a cancel before anything was changed changes nothing', async () => {
    const looking: Behaviour = async () => {
      const { Context } = await import('@temporalio/activity');
      const beat = setInterval(() => Context.current().heartbeat(), 100);
      return await Context.current().cancelled.finally(() => clearInterval(beat));
    };
    const steps = fakeSteps({ inspectHost: looking });
    await runner.running('repair', steps, doctorInput(), async (handle) => {
      await until(() => steps.begun.includes('web1 inspectHost'));
      await handle.cancel();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([temporal, status.outcome, status.cancelled], ['CANCELLED', 'not-repaired', true]);
    });
    assert.equal(namesOf(steps).at(-1), 'inspectHost');
  });
});
