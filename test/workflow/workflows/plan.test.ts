import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { DeployInput } from '../../../src/config/deploy-input';
import { fail } from '../../../src/deployment/failures';
import type { PlanReport } from '../../../src/deployment/plan-report';
import type { plan } from '../../../src/workflows';
import { hostTarget, input, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY, OLD, OLD_COMMIT, OPEN_CLAIM } from '../../harness/inspections';
import { twoHosts } from './behaviours';
import { type Behaviour, type FakeSteps, fakeSteps } from './fake-steps';
import { WorkflowRunner } from './workflow-runner';

const READ_ONLY = ['compareCommits', 'inspectHost', 'previewUnit', 'resolveCommit'];

describe('the plan workflow, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  async function planned(steps: FakeSteps, given: DeployInput = input()): Promise<PlanReport> {
    const report = await runner.serving(steps, (taskQueue) =>
      runner.client.workflow.execute<typeof plan>('plan', {
        workflowId: `plan/${randomUUID()}`,
        taskQueue,
        args: [given],
      }),
    );
    const names = new Set(steps.begun.map((call) => call.split(' ')[1] ?? ''));
    assert.deepEqual(
      [...names].filter((name) => !READ_ONLY.includes(name)),
      [],
      'it only looks',
    );
    return report;
  }

  it('looks at each host, compares the live commit once, and claims nothing', async () => {
    const steps = fakeSteps();
    const migrate = { command: ['alembic', 'upgrade', 'head'], timeout: 1_000, memory: null, hosts: null };
    const report = await planned(steps, input({ ...twoHosts, settings: settings({ migrate }) }));
    assert.deepEqual(steps.begun.toSorted(), [
      '- compareCommits',
      '- resolveCommit',
      'web1 inspectHost',
      'web1 previewUnit',
      'web2 inspectHost',
      'web2 previewUnit',
    ]);
    assert.equal(report.subject, 'Add a basket');
    assert.deepEqual(report.migration, { command: migrate.command, host: 'web1', each: false });
    assert.deepEqual(
      report.groups.map(({ hosts, plan }) => [hosts, plan.how, plan.refused]),
      [[['web1', 'web2'], 'restart', []]],
    );
    assert.equal(report.comparisons[0]?.from, OLD_COMMIT);
  });

  it('what a deploy would refuse on a host is data, and the other hosts are planned', async () => {
    const claim = { ...OPEN_CLAIM, ours: false };
    const inspectHost: Behaviour = async (host) => {
      if (host === 'web2')
        throw fail('SetupNeeded', 'web2 is not set up', { host, advice: 'landfall setup' });
      return host === 'web3'
        ? { ...LIVE_AND_READY, ready: false, why: 'status 503', diskFree: 1, claim }
        : undefined;
    };
    const hosts = ['web1', 'web2', 'web3'].map((name) => hostTarget(name));
    const { groups } = await planned(fakeSteps({ inspectHost }), input({ hosts }));
    const refused = groups.map(({ hosts, plan }) => [hosts[0], plan.refused.map(({ type }) => type)]);
    assert.deepEqual(refused, [
      ['web2', ['SetupNeeded']],
      ['web3', ['Fenced', 'CommandFailed', 'NotReady']],
      ['web1', []],
    ]);
  });

  it('a unit that the host refuses is a refusal; a helper without the verb leaves the unit unknown', async () => {
    const previewUnit: Behaviour = async (host) => {
      const type = host === 'web1' ? 'CommandFailed' : 'SetupNeeded';
      const evidence = { output: 'Unknown key' };
      throw fail(type, `no unit on ${host}.`, { host, advice: 'x', evidence });
    };
    const { groups } = await planned(fakeSteps({ previewUnit }), input(twoHosts));
    assert.equal(groups[0]?.plan.refused[0]?.message, 'no unit on web1. Unknown key');
    assert.deepEqual(groups[1]?.plan.refused, []);
    assert.match(groups[1]?.plan.warnings[0] ?? '', /the unit was not compared: no unit on web2/);
  });

  it('a ref that is not there is refused as a whole, and the hosts are told all the same', async () => {
    const resolveCommit: Behaviour = async () => {
      throw fail('InvalidInput', 'no branch', { host: null, advice: 'Check the ref.' });
    };
    const report = await planned(fakeSteps({ resolveCommit }));
    assert.deepEqual([report.commit, report.refused[0]?.message], [null, 'no branch']);
    assert.equal(report.groups[0]?.plan.live?.commit, OLD_COMMIT);
  });

  it('a comparison that fails stops no plan', async () => {
    const compareCommits: Behaviour = async () => {
      throw fail('InvalidInput', 'no such commit', { host: null, advice: '' });
    };
    const report = await planned(fakeSteps({ compareCommits }));
    assert.equal(report.comparisons[0]?.problem, 'no such commit');
    assert.equal(report.groups[0]?.plan.how, 'restart');
  });

  it('a rollback is planned from what the hosts have, and migrates nothing', async () => {
    const previousGood = { id: '1-ccccccc', commit: 'c'.repeat(40) };
    const steps = fakeSteps({ inspectHost: async () => ({ ...LIVE_AND_READY, live: OLD, previousGood }) });
    const migrate = { command: ['x'], timeout: 1_000, memory: null, hosts: null };
    const source = { previous: true, soak: false } as const;
    const report = await planned(steps, input({ source, settings: settings({ migrate }) }));
    assert.deepEqual([report.requested, report.commit, report.migration], [null, previousGood.commit, null]);
    assert.deepEqual(report.groups[0]?.plan.changes, [
      'unit of ccccccc',
      'restart with ccccccc',
      'is ccccccc ready',
    ]);
    assert.equal(steps.inputs.get('web1 inspectHost')?.[0]?.purpose, 'rollback');
  });

  it('refuses input that does not fit', async () => {
    await assert.rejects(planned(fakeSteps(), { ...input(), batch: 0 }), /Workflow execution failed/);
  });
});
