import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { registerSearchAttributes } from '../../../src/temporal/search-attributes';
import { input } from '../../harness/deploy-input';
import { until } from './behaviours';
import { fakeSteps } from './fake-steps';
import { finalStatus, WorkflowRunner } from './workflow-runner';

describe('search attributes of a run, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const setIn = (events: { upsertWorkflowSearchAttributesEventAttributes?: unknown }[] | null | undefined) =>
    (events ?? []).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes);

  it('are not set while the worker does not know them to be registered', async () => {
    await runner.deploying(fakeSteps(), input(), async (handle) => {
      assert.equal((await finalStatus(handle)).status.outcome, 'deployed');
      assert.deepEqual(setIn((await handle.fetchHistory()).events), []);
    });
  });

  it('are set when they change, so that runs are found by them', async () => {
    const { client } = runner;
    await registerSearchAttributes(client, (...lines) => assert.fail(lines.join('\n')));
    const registered = await registerSearchAttributes(client, () => undefined);
    assert.equal(registered(), true);
    const steps = fakeSteps();
    steps.activities.checkSearchable = async () => true;
    await runner.deploying(steps, input({ by: 'ada@laptop' }), async (handle) => {
      assert.equal((await finalStatus(handle)).status.outcome, 'deployed');
      const wanted = [
        "LandfallService = 'shop'",
        "LandfallEnvironment = 'production'",
        "LandfallOutcome = 'deployed'",
        "LandfallPhase = 'ended'",
        "LandfallBy = 'ada@laptop'",
        "LandfallCommit = '0123456789abcdef0123456789abcdef01234567'",
      ].join(' AND ');
      await until(async () => (await client.workflow.count(wanted)).count === 1);
      const upserts = setIn((await handle.fetchHistory()).events);
      assert.ok(upserts.length >= 2 && upserts.length <= 6, `${upserts.length} events`);
    });
  });
});
