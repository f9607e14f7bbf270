import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { endingAtDefects } from '../../../src/activities/defects';
import { input } from '../../harness/deploy-input';
import { namesOf } from './behaviours';
import { fakeSteps } from './fake-steps';
import { WorkflowRunner } from './workflow-runner';

let runner: WorkflowRunner;
before(async () => {
  runner = await WorkflowRunner.start();
});
after(() => runner.stop());

it('a defect of Landfall in a step after the switch rolls back at once', async () => {
  const defective = endingAtDefects(async (): Promise<undefined> => {
    const nothing: unknown = undefined;
    (nothing as { missing(): void }).missing();
  });
  const steps = fakeSteps({ awaitReady: async (_, __, nth) => (nth === 1 ? defective({}) : undefined) });
  const { status } = await runner.outcome(steps, input());
  assert.equal(status.outcome, 'rolled-back');
  assert.equal(status.reason?.type, 'Unexpected');
  assert.match(status.reason?.message ?? '', /awaitReady failed by a defect of Landfall \(TypeError: /);
  assert.equal(namesOf(steps).filter((name) => name === 'awaitReady').length, 2);
});
