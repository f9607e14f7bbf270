import { fail } from '../../src/failures';
import { decideUpdate, supersedeUpdate } from '../../src/workflows/messages';
import { input, settings } from '../support/deploy-input';
import { needsOperator, twoHosts } from '../workflows/behaviours';
import { type Behaviour, type FakeSteps, fakeSteps, NOTHING_DEPLOYED } from '../workflows/fake-steps';
import { finalStatus, type Handle, type WorkflowRunner } from '../workflows/workflow-runner';

/** Brings no evidence along, so that the step which collects it is recorded too. */
const notReady: Behaviour = async (host) => {
  throw fail('NotReady', `not ready on ${host}`, { host, advice: '' });
};

type History = Awaited<ReturnType<Handle['fetchHistory']>>;

/** One recorded way through the workflow. */
interface Scenario {
  steps: FakeSteps;
  input: ReturnType<typeof input>;
  /** What a person does meanwhile. */
  meanwhile?: (handle: Handle) => Promise<void>;
}

/** Every way that a running deploy may be in while Landfall is updated. */
export const SCENARIOS: Record<string, () => Scenario> = {
  deployed: () => ({ steps: fakeSteps(), input: input(twoHosts) }),
  'deployed-with-migration': () => ({
    steps: fakeSteps(),
    input: input({
      settings: settings({ migrate: { command: ['true'], timeoutSeconds: 60 }, rehearse: null }),
    }),
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
      await handle.executeUpdate(decideUpdate, { args: [{ choice: 'retry', by: 'ops' }] });
      await needsOperator(handle, 1);
      await handle.executeUpdate(decideUpdate, { args: [{ choice: 'accept', by: 'ops' }] });
    },
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
  return runner.deploying(scenario.steps, scenario.input, async (handle) => {
    await scenario.meanwhile?.(handle);
    await finalStatus(handle);
    return handle.fetchHistory();
  });
}
