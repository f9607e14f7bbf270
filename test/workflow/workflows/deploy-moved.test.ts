import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MarkGoodInput } from '../../../src/activities/change/mark-good';
import type { StartReleaseInput } from '../../../src/activities/change/start-release';
import type { AwaitReadyInput } from '../../../src/activities/observe/await-ready';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import { fail } from '../../../src/deployment/failures';
import type { PlacedProbe } from '../../../src/deployment/model';
import { input, settings, soakOf } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, listening, NO_SOCKET } from '../../harness/inspections';
import { namesOf } from './behaviours';
import { type FakeSteps, fakeSteps } from './fake-steps';
import { WorkflowRunner } from './workflow-runner';

const NEW = settings({ strategy: 'restart' });
const OVERLAP = settings({ strategy: 'overlap' });
/** As the live release ran when it was found good. */
const OLD = settings({
  app: 'old:app',
  env: { FLAVOUR: 'old' },
  soak: soakOf(5_000),
  readiness: { ...NEW.readiness, path: '/old', timeout: 7_000 },
});
const HERE = { host: '127.0.0.1', port: 8000 };
const THERE = { host: '127.0.0.1', port: 7000 };
const way = (moved = false): PlacedProbe => ({ address: THERE, settings: OLD, moved });

const LIVE = { ...LIVE_AND_READY, probes: { live: way(), lastGood: way() } };
const LIVE_BESIDE = { ...BESIDE, probes: { live: way(), lastGood: way() } };

/** Which release was asked where, and how. */
const asked = (steps: FakeSteps) =>
  (steps.inputs.get('web1 awaitReady') ?? []).map((one) => {
    const { release, host, settings } = one as unknown as AwaitReadyInput;
    return [release, host.bind, settings.readiness.path, settings.readiness.timeout];
  });
const startedAt = (steps: FakeSteps) =>
  (steps.inputs.get('web1 startRelease') ?? []).map((one) => (one as unknown as StartReleaseInput).host.bind);
const keptBy = (steps: FakeSteps) => {
  const [marked] = (steps.inputs.get('web1 markGood') ?? []) as unknown as MarkGoodInput[];
  if (marked === undefined) throw new Error('nothing was marked good');
  return marked.as;
};

/** The app that was imported first. */
function imported(steps: FakeSteps): string | undefined {
  const [input] = steps.inputs.get('web1 preImport') ?? [];
  return (input?.settings as ServiceSettings | undefined)?.app;
}

describe('a deploy that changes where or how the service is asked, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const newIsBad = async (host: string, one: unknown) => {
    if ((one as AwaitReadyInput).release !== '2-0123456') return undefined;
    throw fail('NotReady', 'not ready', { host, advice: '', evidence: {} });
  };

  for (const [inspection, used] of [
    [LIVE, NEW],
    [LIVE_BESIDE, OVERLAP],
  ] as const) {
    it(`asks the new one as it is written, and the old one as it was: ${used.strategy}`, async () => {
      const steps = fakeSteps({ inspectHost: async () => inspection, awaitReady: newIsBad });
      const { status } = await runner.outcome(steps, input({ settings: used }));
      assert.equal(status.outcome, 'rolled-back');
      assert.deepEqual(asked(steps), [
        ['2-0123456', HERE, '/health/ready', 60_000],
        ['1-aaaaaaa', THERE, '/old', 7_000],
      ]);
    });

    it(`keeps with a good release how it was asked: ${used.strategy}`, async () => {
      const steps = fakeSteps({ inspectHost: async () => inspection });
      await runner.outcome(steps, input({ settings: used }));
      const { address, settings: kept } = keptBy(steps);
      const { resolved, ...asked } = kept;
      assert.deepEqual({ ...asked, resolved: null }, used);
      assert.deepEqual([resolved?.packaging?.tool, resolved?.server?.name], ['requirements', 'gunicorn']);
      assert.deepEqual(address, HERE);
    });
  }

  it('starts the old instance again at its own address', async () => {
    const inspection = { ...LIVE_BESIDE, socket: listening(7000) };
    const steps = fakeSteps({ inspectHost: async () => inspection, awaitReady: newIsBad });
    await runner.outcome(steps, input({ settings: OVERLAP }));
    assert.deepEqual(startedAt(steps), [HERE, THERE]);
    assert.equal(steps.inputs.get('web1 makeRoom')?.[1]?.closeSocket, true);
  });

  it('closes the socket that it opened, where no process ran or listened before', async () => {
    const down = { running: false, ready: false, liveIsInstance: false, socket: NO_SOCKET };
    const steps = fakeSteps({ inspectHost: async () => ({ ...LIVE_BESIDE, ...down }), awaitReady: newIsBad });
    const { status } = await runner.outcome(steps, input({ settings: OVERLAP, fixForward: true }));
    assert.equal(status.outcome, 'rolled-back');
    const [room] = steps.inputs.get('web1 makeRoom') ?? [];
    assert.deepEqual([room?.release, room?.closeSocket], ['1-aaaaaaa', true]);
    assert.deepEqual(startedAt(steps), [HERE, THERE]);
  });

  it('takes last good back to where it was good, when an unfinished deploy has moved it', async () => {
    const left = { live: '1-aaaaaaa', ready: false, abandoned: true };
    const torn = { ...LIVE_BESIDE, ...left, probes: { live: way(true), lastGood: way(true) } };
    let mended = false;
    const steps = fakeSteps({
      claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
      inspectHost: async () => (mended ? LIVE_BESIDE : torn),
      switchRelease: async () => {
        mended = true;
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input({ settings: OVERLAP }));
    assert.equal(status.outcome, 'deployed');
    assert.equal(steps.inputs.get('web1 makeRoom')?.[0]?.closeSocket, true);
    assert.deepEqual(startedAt(steps), [THERE, HERE]);
    assert.deepEqual(asked(steps)[0], ['1-aaaaaaa', THERE, '/old', 7_000]);
    // Without the switchover no process would listen there, and the wait would fail.
    assert.ok(namesOf(steps).indexOf('awaitReady') > namesOf(steps).indexOf('switchRelease'));
  });

  describe('landfall rollback', () => {
    const previousGood = { id: '0-9999999', commit: '9'.repeat(40) };
    const inspection = { ...LIVE, previousGood, probes: { live: way(), previousGood: way() } };
    const migrate = { command: ['alembic', 'upgrade', 'head'], timeout: 60_000, memory: null, hosts: null };
    const soak = soakOf(60_000);
    const now = settings({ strategy: 'restart', app: 'new:app', migrate, soak });
    const back = (more = {}) =>
      input({ source: { previous: true, ...more }, settings: now, fixForward: true });

    it('starts and asks the release that it goes back to as it was when it was found good', async () => {
      const steps = fakeSteps({ inspectHost: async () => inspection });
      const { status } = await runner.outcome(steps, back());
      assert.equal(status.outcome, 'deployed');
      assert.equal(imported(steps), 'old:app');
      for (const step of ['rehearse', 'renderUnit', 'awaitReady'])
        assert.deepEqual(steps.inputs.get(`web1 ${step}`)?.[0]?.settings, OLD, step);
      assert.deepEqual(asked(steps)[0], ['0-9999999', HERE, '/old', 7_000]);
      assert.deepEqual(keptBy(steps), { address: HERE, settings: OLD });
    });

    it('never migrates, and watches on only when asked to, as that release was', async () => {
      const steps = fakeSteps({ inspectHost: async () => inspection });
      await runner.outcome(steps, back());
      assert.equal(steps.inputs.has('web1 migrate'), false);
      assert.equal(steps.inputs.has('web1 soak'), false);
      const soaked = fakeSteps({ inspectHost: async () => inspection });
      await runner.outcome(soaked, back({ soak: true }));
      assert.deepEqual(soaked.inputs.get('web1 soak')?.[0]?.soak, OLD.soak);
    });

    it('takes landfall.yaml where nothing is known of that release', async () => {
      const steps = fakeSteps({ inspectHost: async () => ({ ...LIVE_AND_READY, previousGood }) });
      const { status } = await runner.outcome(steps, back());
      assert.equal(status.outcome, 'deployed');
      assert.equal(imported(steps), 'new:app');
      assert.equal(steps.inputs.has('web1 migrate'), false);
    });
  });

  it('a rollback to what serves already leaves it where it is', async () => {
    const commit = 'a'.repeat(40);
    const previousGood = { id: '1-aaaaaaa', commit };
    const torn = { live: '2-bbbbbbb', abandoned: true, lastGoodCommit: commit, previousGood };
    let mended = false;
    const steps = fakeSteps({
      claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
      inspectHost: async () => ({
        ...LIVE,
        lastGoodCommit: commit,
        probes: { live: way(), lastGood: way(), previousGood: way() },
        ...(mended ? {} : torn),
      }),
      restart: async () => {
        mended = true;
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input({ source: { previous: true } }));
    assert.equal(status.outcome, 'deployed');
    assert.ok(asked(steps).length > 1);
    for (const one of asked(steps)) assert.deepEqual(one, ['1-aaaaaaa', THERE, '/old', 7_000]);
    assert.deepEqual(keptBy(steps), { address: THERE, settings: OLD });
  });
});
