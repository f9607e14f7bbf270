import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HostTarget } from '../../../src/config/deploy-input';
import { fail } from '../../../src/deployment/failures';
import { supersedeUpdate } from '../../../src/workflows/messages';
import { input, settings, soakOf } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, listening, NOTHING_DEPLOYED, probe } from '../../harness/inspections';
import { decide, namesOf, needsOperator, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, statusOf, WorkflowRunner } from './workflow-runner';

const SOAK = soakOf(7_200_000);
const overlap = settings({ strategy: 'overlap' });

const crashes: Behaviour = async (host) => {
  throw fail('CrashLoop', `crashed on ${host}`, { host, advice: '', evidence: {} });
};

describe('a deploy alongside the live release, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const beside = (behaviours: Parameters<typeof fakeSteps>[0] = {}, inspection: object = BESIDE) =>
    fakeSteps({ inspectHost: async () => inspection, ...behaviours });

  /** The steps after the preparation. */
  const releaseSteps = (steps: ReturnType<typeof fakeSteps>, host = 'web1') => {
    const names = namesOf(steps, host);
    return names.slice(names.indexOf('installInstance') + 1).filter((name) => name !== 'preImport');
  };

  it('takes the steps of the runbook in their order, without a rehearsal', async () => {
    const steps = beside();
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'deployed');
    assert.deepEqual(releaseSteps(steps), ['startRelease', 'switchRelease', 'awaitReady', 'markGood']);
    assert.ok(!steps.begun.includes('web1 rehearse'));
  });

  it('a release that does not start is rejected: nothing that serves was touched', async () => {
    const steps = beside({ startRelease: crashes });
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'rejected');
    assert.deepEqual(releaseSteps(steps), ['startRelease', 'removeInstance', 'discardRelease', 'closeClaim']);
    assert.equal(status.hosts.web1?.live, '1-aaaaaaa');
  });

  it('on one host the start proves the import, and no pre-import is paid', async () => {
    const steps = beside();
    await runner.outcome(steps, input({ settings: overlap }));
    assert.ok(!steps.begun.includes('web1 preImport'));
  });

  it('of several hosts the first one to start needs no pre-import; it waits for the proof of the others', async () => {
    const steps = beside({
      preImport: async () => {
        await until(() => steps.ended.includes('web1 installInstance'));
        return undefined;
      },
    });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: overlap }));
    assert.equal(status.outcome, 'deployed');
    const proofs = steps.begun.filter((call) => call.endsWith(' preImport'));
    assert.deepEqual(proofs, ['web2 preImport']);
    assert.ok(steps.begun.indexOf('web1 startRelease') > steps.begun.indexOf('web2 preImport'));
    assert.ok(steps.begun.indexOf('web2 startRelease') > steps.begun.indexOf('web1 switchRelease'));
  });

  it('a bad import on the first host is found by its start, before a release changes anywhere', async () => {
    const steps = beside({ startRelease: crashes });
    const { status, temporal } = await runner.outcome(steps, input({ ...twoHosts, settings: overlap }));
    assert.deepEqual([status.outcome, temporal], ['rejected', 'FAILED']);
    assert.equal(status.reason?.type, 'CrashLoop');
    assert.ok(steps.begun.includes('web1 removeInstance'));
    for (const step of ['web2 startRelease', 'web1 switchRelease', 'web2 switchRelease'])
      assert.ok(!steps.begun.includes(step), step);
  });

  it('a bad import on a later host is found before the release starts on any', async () => {
    const bad: Behaviour = async (host) => {
      throw fail('PreImportFailed', `no module on ${host}`, { host, advice: '', evidence: {} });
    };
    const steps = beside({ preImport: bad });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: overlap }));
    assert.equal(status.outcome, 'rejected');
    assert.equal(status.reason?.host, 'web2');
    assert.ok(!steps.begun.some((call) => call.endsWith(' startRelease')));
  });

  it('hosts of one batch all import before the release starts on one of them', async () => {
    const steps = beside();
    await runner.outcome(steps, input({ ...twoHosts, batch: 2, settings: overlap }));
    const start = steps.begun.findIndex((call) => call.endsWith(' startRelease'));
    for (const host of ['web1', 'web2']) {
      const proof = steps.begun.indexOf(`${host} preImport`);
      assert.ok(proof >= 0 && proof < start, host);
    }
  });

  it('a migration waits for the pre-import of the only host', async () => {
    const migrate = { command: ['true'], timeout: 60_000, memory: null, hosts: null };
    const steps = beside();
    await runner.outcome(steps, input({ settings: { ...overlap, migrate } }));
    assert.ok(steps.ended.indexOf('web1 preImport') >= 0);
    assert.ok(steps.begun.indexOf('web1 migrate') > steps.ended.indexOf('web1 preImport'));
    assert.ok(steps.begun.indexOf('web1 startRelease') > steps.ended.indexOf('web1 migrate'));
  });

  it('a start whose gate proves nothing is followed by the pre-import, before the switchover', async () => {
    const ungated: Behaviour = async () => ({ note: '', proven: false });
    const good = beside({ startRelease: ungated });
    assert.equal((await runner.outcome(good, input({ settings: overlap }))).status.outcome, 'deployed');
    const names = namesOf(good);
    assert.deepEqual(names.slice(names.indexOf('startRelease'), names.indexOf('awaitReady')), [
      'startRelease',
      'preImport',
      'switchRelease',
    ]);

    const bad = beside({ startRelease: ungated, preImport: crashes });
    const { status } = await runner.outcome(bad, input({ settings: overlap }));
    // Without a gate it took connections while it was imported.
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(status.hosts.web1?.state, 'restored');
    assert.deepEqual(namesOf(bad).slice(names.indexOf('preImport')), [
      'preImport',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('a cancel while the start proves the import leaves the live release alone', async () => {
    const steps = beside({ startRelease: untilCancelled });
    await runner.deploying(steps, input({ settings: overlap }), async (handle) => {
      await until(() => steps.begun.includes('web1 startRelease'));
      await handle.cancel();
      const { status, temporal } = await finalStatus(handle);
      assert.deepEqual([status.outcome, status.cancelled, temporal], ['rejected', true, 'CANCELLED']);
    });
    assert.deepEqual(releaseSteps(steps), ['startRelease', 'removeInstance', 'discardRelease', 'closeClaim']);
    assert.ok(steps.ended.indexOf('web1 startRelease') < steps.begun.indexOf('web1 removeInstance'));
  });

  it('what shows from outside only goes back by the same switch', async () => {
    const steps = beside({
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
    });
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'rolled-back');
    assert.equal(status.hosts.web1?.state, 'restored');
    assert.deepEqual(releaseSteps(steps).slice(3), [
      'startRelease',
      'switchRelease',
      'awaitReady',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
    assert.equal(steps.inputs.get('web1 startRelease')?.[1]?.release, '1-aaaaaaa');
    assert.equal(steps.inputs.get('web1 switchRelease')?.[1]?.release, '1-aaaaaaa');
  });

  it('where the old release must stop first, the new one is rehearsed, and the rollback makes room too', async () => {
    const short = { ...BESIDE, memory: { live: 1e9, available: 1e9 } };
    const allowed = settings({ strategy: 'overlap', whenMemoryShort: 'restart' });
    const steps = beside(
      { startRelease: async (_host, _asked, nth) => (nth === 1 ? crashes('web1', {}, 1) : undefined) },
      short,
    );
    const { status } = await runner.outcome(steps, input({ settings: allowed }));
    assert.equal(status.outcome, 'rolled-back');
    assert.deepEqual(namesOf(steps).slice(namesOf(steps).indexOf('rehearse')), [
      'rehearse',
      'makeRoom',
      'startRelease',
      'makeRoom',
      'startRelease',
      'switchRelease',
      'awaitReady',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('from the one unit of before, a failure restores that unit and its text', async () => {
    const steps = beside({ switchRelease: crashes }, LIVE_AND_READY);
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'rolled-back');
    assert.deepEqual(namesOf(steps).slice(namesOf(steps).indexOf('switchRelease') + 1), [
      'makeRoom',
      'restoreUnit',
      'restart',
      'awaitReady',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('a first deploy that does not start leaves nothing running', async () => {
    const steps = beside({ startRelease: crashes }, NOTHING_DEPLOYED);
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'rejected');
    assert.deepEqual(releaseSteps(steps).slice(1), [
      'stopService',
      'restoreUnit',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('an operator who goes forward into a failing start is brought back to a verified release', async () => {
    // The rollback fails first: the old release is not verified when the operator chooses.
    const steps = beside({
      startRelease: async (host, asked, nth) => (nth === 3 ? crashes(host, asked, nth) : undefined),
      awaitReady: async (host, asked, nth) => (nth <= 2 ? notReady(host, asked, nth) : undefined),
    });
    await runner.deploying(steps, input({ settings: overlap }), async (handle) => {
      await needsOperator(handle, 0);
      await decide(handle, 'go-forward');
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'rolled-back');
      assert.equal(status.hosts.web1?.state, 'restored');
    });
    const names = namesOf(steps);
    assert.deepEqual(names.slice(names.lastIndexOf('startRelease')), [
      'startRelease',
      'switchRelease',
      'awaitReady',
      'removeInstance',
      'discardRelease',
      'closeClaim',
    ]);
    assert.equal(steps.inputs.get('web1 startRelease')?.at(-1)?.release, '1-aaaaaaa');
  });

  it('a new address that fails goes back to the old one', async () => {
    const old = { host: '127.0.0.1', port: 7000 };
    const live = probe({ address: old });
    const steps = beside(
      { switchRelease: async (host, asked, nth) => (nth === 1 ? crashes(host, asked, nth) : undefined) },
      { ...BESIDE, socket: listening(7000), probes: { ...BESIDE.probes, live } },
    );
    const { status } = await runner.outcome(steps, input({ settings: overlap }));
    assert.equal(status.outcome, 'rolled-back');
    assert.deepEqual(steps.inputs.get('web1 makeRoom')?.at(-1)?.closeSocket, true);
    for (const step of ['startRelease', 'awaitReady']) {
      const asked = steps.inputs.get(`web1 ${step}`)?.at(-1)?.host as HostTarget | undefined;
      assert.deepEqual(asked?.bind, old);
    }
  });

  it('back to a single unit with strategy restart, what listens through systemd stops before', async () => {
    const steps = beside(
      { awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined) },
      BESIDE,
    );
    const { status } = await runner.outcome(steps, input());
    assert.equal(status.outcome, 'rolled-back');
    assert.deepEqual(namesOf(steps).slice(namesOf(steps).indexOf('renderUnit')), [
      'renderUnit',
      'makeRoom',
      'restart',
      'awaitReady',
      'restoreUnit',
      'makeRoom',
      'startRelease',
      'switchRelease',
      'awaitReady',
      'discardRelease',
      'closeClaim',
    ]);
  });

  it('soaks batch by batch, in slices of an hour', async () => {
    const steps = beside();
    const soaked = settings({ strategy: 'overlap', soak: SOAK });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: soaked }));
    assert.equal(status.outcome, 'deployed');
    const slices = steps.inputs.get('web1 soak')?.map((asked) => asked.slice);
    assert.deepEqual(slices, [
      { number: 0, durationMs: 3_600_000 },
      { number: 1, durationMs: 3_600_000 },
    ]);
    assert.ok(steps.begun.indexOf('web2 startRelease') > steps.begun.lastIndexOf('web1 soak'));
  });

  it('a soak that goes bad rolls every host back that has the release', async () => {
    const steps = beside({
      soak: async (host, asked, nth) => (host === 'web2' ? notReady(host, asked, nth) : undefined),
    });
    const soaked = settings({ strategy: 'overlap', soak: SOAK });
    const { status } = await runner.outcome(steps, input({ ...twoHosts, settings: soaked }));
    assert.equal(status.outcome, 'rolled-back');
    assert.deepEqual(
      Object.values(status.hosts).map((fact) => fact.state),
      ['restored', 'restored'],
    );
  });

  it('a soak ends for another deploy without anything being taken back', async () => {
    const steps = beside({ soak: untilCancelled });
    const soaked = settings({ strategy: 'overlap', soak: SOAK });
    await runner.deploying(steps, input({ settings: soaked }), async (handle) => {
      await until(() => steps.begun.includes('web1 soak'));
      await until(async () => statusOf((await handle.describe()).memo)?.hosts.web1?.state === 'soaking');
      await handle.executeUpdate(supersedeUpdate, { args: [{ commit: 'c'.repeat(40), by: 'ops' }] });
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'superseded');
      assert.equal(status.hosts.web1?.live, '2-0123456');
    });
    assert.deepEqual(namesOf(steps).slice(-2), ['soak', 'closeClaim']);
  });

  it('a cancel in the soak rolls back', async () => {
    const steps = beside({ soak: untilCancelled });
    const soaked = settings({ strategy: 'overlap', soak: SOAK });
    await runner.deploying(steps, input({ settings: soaked }), async (handle) => {
      await until(() => steps.begun.includes('web1 soak'));
      await handle.cancel();
      const { status } = await finalStatus(handle);
      assert.equal(status.outcome, 'rolled-back');
      assert.equal(status.cancelled, true);
    });
    assert.ok(steps.ended.indexOf('web1 soak') < steps.begun.lastIndexOf('web1 startRelease'));
  });
});
