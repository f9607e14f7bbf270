import { fail } from '../../../src/deployment/failures';
import { supersedeUpdate } from '../../../src/workflows/messages';
import { doctorInput, input, settings, soakOf } from '../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, NOTHING_DEPLOYED } from '../../harness/inspections';
import { decide, gone, needsOperator, twoHosts, until, untilCancelled } from '../workflows/behaviours';
import { type Behaviour, type FakeSteps, fakeSteps } from '../workflows/fake-steps';
import { finalStatus, type Handle, statusOf, type WorkflowRunner } from '../workflows/workflow-runner';

/** Brings no evidence along: the step that collects evidence is recorded too. */
const notReady: Behaviour = async (host) => {
  throw fail('NotReady', `not ready on ${host}`, { host, advice: '' });
};

const SOAK = soakOf(7_200_000);

type History = Awaited<ReturnType<Handle['fetchHistory']>>;

/** One recorded way through the workflow. */
interface Scenario {
  steps: FakeSteps;
  input: ReturnType<typeof input> | ReturnType<typeof doctorInput>;
  /** Which workflow; default `deploy`. */
  type?: 'deploy' | 'repair';
  /** The actions of a person meanwhile. */
  meanwhile?: (handle: Handle) => Promise<void>;
}

/** Every way that a running deploy may be in while Landfall is updated. */
export const SCENARIOS: Record<string, () => Scenario> = {
  deployed: () => ({ steps: fakeSteps(), input: input(twoHosts) }),
  'deployed-with-migration': () => ({
    steps: fakeSteps(),
    input: input({
      settings: settings({
        migrate: { command: ['true'], timeout: 60_000, memory: null, hosts: null },
        rehearse: null,
      }),
    }),
  }),
  'deployed-beside': () => ({
    steps: fakeSteps({ inspectHost: async () => BESIDE }),
    input: input({ ...twoHosts, settings: settings({ strategy: 'overlap', soak: SOAK }) }),
  }),
  'rejected-beside': () => ({
    steps: fakeSteps({ inspectHost: async () => BESIDE, startRelease: notReady }),
    input: input({ settings: settings({ strategy: 'overlap' }) }),
  }),
  'rolled-back-beside': () => ({
    steps: fakeSteps({ inspectHost: async () => BESIDE, soak: notReady }),
    input: input({ ...twoHosts, settings: settings({ strategy: 'overlap', soak: SOAK }) }),
  }),
  'rolled-back-to-a-unit': () => ({
    steps: fakeSteps({ inspectHost: async () => LIVE_AND_READY, switchRelease: notReady }),
    input: input({ settings: settings({ strategy: 'overlap' }) }),
  }),
  'rolled-back-to-an-instance': () => ({
    steps: fakeSteps({ inspectHost: async () => ({ ...BESIDE, overlap: null }), restart: notReady }),
    input: input(),
  }),
  'superseded-in-its-soak': () => ({
    steps: fakeSteps({ inspectHost: async () => BESIDE, soak: untilCancelled }),
    input: input({ settings: settings({ strategy: 'overlap', soak: SOAK }) }),
    meanwhile: async (handle) => {
      await until(async () => statusOf((await handle.describe()).memo)?.hosts.web1?.state === 'soaking');
      await handle.executeUpdate(supersedeUpdate, { args: [{ commit: 'c'.repeat(40), by: 'ops' }] });
    },
  }),
  rejected: () => ({
    steps: fakeSteps({ preImport: notReady }),
    input: input(twoHosts),
  }),
  'rolled-back': () => ({
    steps: fakeSteps({
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
    }),
    input: input(),
  }),
  'rolled-back-to-nothing': () => ({
    steps: fakeSteps({ inspectHost: async () => NOTHING_DEPLOYED, awaitReady: notReady }),
    input: input(),
  }),
  'needs-operator-retried-accepted': () => ({
    steps: fakeSteps({ awaitReady: notReady }),
    input: input(),
    meanwhile: async (handle) => {
      await needsOperator(handle, 0);
      await decide(handle, 'retry');
      await needsOperator(handle, 1);
      await decide(handle, 'accept');
    },
  }),
  'needs-operator-went-forward': () => ({
    steps: fakeSteps({
      inspectHost: async () => BESIDE,
      awaitReady: async (host, asked, nth) => (nth < 3 ? notReady(host, asked, nth) : undefined),
    }),
    input: input({ settings: settings({ strategy: 'overlap' }) }),
    meanwhile: async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'go-forward');
    },
  }),
  'deployed-with-the-old-one-stopped-first': () => ({
    steps: fakeSteps(),
    input: input({
      ...twoHosts,
      stopFirst: true,
      settings: settings({ migrate: { command: ['true'], timeout: 60_000, memory: null, hosts: null } }),
    }),
  }),
  'rolled-back-with-the-old-one-stopped-first': () => ({
    steps: fakeSteps({ inspectHost: async () => BESIDE, preImport: notReady }),
    input: input({ stopFirst: true, settings: settings({ strategy: 'overlap' }) }),
  }),
  'rolled-back-after-an-outage': () => ({
    steps: fakeSteps({
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
      restoreUnit: async (host, asked, nth) => (nth === 1 ? gone(host, asked, nth) : undefined),
    }),
    input: input(twoHosts),
  }),
  'superseded-while-a-host-is-gone': () => ({
    steps: fakeSteps({ awaitReady: notReady, restoreUnit: gone, awaitHost: untilCancelled }),
    input: input(),
    meanwhile: async (handle) => {
      await until(async () => statusOf((await handle.describe()).memo)?.hosts.web1?.state === 'unreachable');
      await handle.executeUpdate(supersedeUpdate, { args: [{ commit: 'c'.repeat(40), by: 'ops' }] });
    },
  }),
  'asked-while-a-host-is-gone': () => ({
    steps: fakeSteps({
      awaitReady: notReady,
      restoreUnit: async (host, asked, nth) => {
        if (host === 'web2') return gone(host, asked, nth);
        throw fail('CommandFailed', 'no room', { host, advice: '' });
      },
      awaitHost: untilCancelled,
    }),
    input: input({ ...twoHosts, batch: 2 }),
    meanwhile: async (handle) => {
      await needsOperator(handle);
      await decide(handle, 'accept');
    },
  }),
  'deployed-after-an-abandoned-one': () => ({
    steps: fakeSteps({
      claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
      inspectHost: async (_host, _asked, nth) =>
        nth < 3 ? { ...LIVE_AND_READY, live: '2-bbbbbbb', abandoned: true } : LIVE_AND_READY,
    }),
    input: input(twoHosts),
  }),
  'went-back-after-an-abandoned-one': () => {
    const commit = 'a'.repeat(40);
    const good = { ...LIVE_AND_READY, lastGoodCommit: commit };
    const left = { live: '2-bbbbbbb', abandoned: true, previousGood: { id: '1-aaaaaaa', commit } };
    return {
      steps: fakeSteps({
        claimHost: async () => ({ fence: 7, tookOver: true, note: '' }),
        inspectHost: async (_host, _asked, nth) => (nth < 3 ? { ...good, ...left } : good),
      }),
      input: input({ source: { previous: true }, fixForward: true }),
    };
  },
  repaired: () => ({
    type: 'repair',
    steps: fakeSteps({
      inspectHost: async () => ({ ...LIVE_AND_READY, live: '2-bbbbbbb', leftovers: ['left'] }),
    }),
    input: doctorInput(twoHosts),
  }),
  'repaired-beside': () => ({
    type: 'repair',
    steps: fakeSteps({ inspectHost: async () => ({ ...LIVE_AND_READY, ...BESIDE, live: '2-bbbbbbb' }) }),
    input: doctorInput({ settings: settings({ strategy: 'overlap' }) }),
  }),
  'not-repaired': () => ({
    type: 'repair',
    steps: fakeSteps({
      inspectHost: async () => ({ ...LIVE_AND_READY, ready: false }),
      awaitReady: notReady,
    }),
    input: doctorInput(),
  }),
  'needs-operator-superseded': () => ({
    steps: fakeSteps({ awaitReady: notReady }),
    input: input(),
    meanwhile: async (handle) => {
      await needsOperator(handle, 0);
      await handle.executeUpdate(supersedeUpdate, { args: [{ commit: 'c'.repeat(40), by: 'ops' }] });
    },
  }),
};

/** Runs a scenario to its end. @returns its history */
export async function record(runner: WorkflowRunner, name: string): Promise<History> {
  const scenario = SCENARIOS[name]?.();
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const { type = 'deploy', steps, input } = scenario;
  return runner.running(type, steps, input, async (handle) => {
    await scenario.meanwhile?.(handle);
    await finalStatus(handle);
    return handle.fetchHistory();
  });
}
