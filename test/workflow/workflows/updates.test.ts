import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Choice } from '../../../src/deployment/status';
import { decideUpdate, supersedeUpdate } from '../../../src/workflows/messages';
import { input, settings, soakOf } from '../../harness/deploy-input';
import { randomJson } from '../../harness/random-json';
import { randomNumbers } from '../../harness/random-numbers';
import { decide, needsOperator, notReady, twoHosts, until, untilCancelled } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, type Handle, statusOf, WorkflowRunner } from './workflow-runner';

/** At most so many updates of one run may be under way. */
const AT_ONCE = 8;

describe('updates of a run, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const statusNow = async (handle: Handle) => statusOf((await handle.describe()).memo);

  /** The new release is never ready; the old one becomes ready at the given try. */
  const rollbackFailsUntil = (good: number): Partial<Record<'awaitReady', Behaviour>> => ({
    awaitReady: async (host, asked, nth) => (nth < good ? notReady(host, asked, nth) : undefined),
  });

  /** Sends what is none of these, and expects a refusal each time. */
  async function allRefused(handle: Handle, updates: { name: string; argument: unknown }[]): Promise<void> {
    for (let from = 0; from < updates.length; from += AT_ONCE) {
      await Promise.all(
        updates
          .slice(from, from + AT_ONCE)
          .map(({ name, argument }) =>
            assert.rejects(
              argument === undefined
                ? handle.executeUpdate<unknown, []>(name)
                : handle.executeUpdate<unknown, [unknown]>(name, { args: [argument] }),
              { name: 'WorkflowUpdateFailedError' },
              `${name} took ${JSON.stringify(argument)?.slice(0, 200)}`,
            ),
          ),
      );
    }
  }

  /** Half of them nearly right: one thing is wrong in each. */
  function wrongUpdates(count: number, seed: number): { name: string; argument: unknown }[] {
    const numbers = randomNumbers(seed);
    const below = (limit: number) => Math.floor(numbers() * limit);
    // Without a question no decision is whole, and without a commit no supersession.
    const random = () => randomJson(numbers, ['choice', 'by', '__proto__', 'x']);
    const decision = { choice: 'accept', by: 'ada', question: 1 };
    const supersession = { commit: 'c'.repeat(40), by: 'ada' };
    const spoilt = (whole: Record<string, unknown>) => {
      const keys = Object.keys(whole);
      const key = keys[below(keys.length)] ?? '';
      const value = [undefined, null, {}, [], [whole[key]], `${whole[key]}\n`, '', false][below(8)];
      return { ...whole, [key]: value };
    };
    return Array.from({ length: count }, (_, nth) => {
      const name = nth % 3 === 0 ? 'supersede' : 'decide';
      if (nth < 2) return { name, argument: undefined };
      const whole = name === 'decide' ? decision : supersession;
      const argument = below(2) === 0 ? random() : below(9) === 0 ? { ...whole, more: 1 } : spoilt(whole);
      return { name, argument };
    });
  }

  type Metadata = Record<string, Uint8Array>;

  /** Sends payloads that no client of ours sends, as the engine passes them on. */
  async function sendRaw(handle: Handle, name: string, payloads: { encoding?: string; data: string }[]) {
    const encoded = payloads.map(({ encoding, data }) => ({
      metadata: { ...(encoding === undefined ? {} : { encoding: Buffer.from(encoding) }) } as Metadata,
      data: Buffer.from(data, 'latin1'),
    }));
    const answer: { outcome?: { failure?: unknown } | null } =
      await runner.client.workflowService.updateWorkflowExecution({
        namespace: runner.client.options.namespace,
        workflowExecution: { workflowId: handle.workflowId },
        request: {
          meta: { updateId: randomUUID(), identity: 'a test' },
          input: { name, args: { payloads: encoded } },
        },
        // COMPLETED
        waitPolicy: { lifecycleStage: 3 },
      });
    return answer.outcome;
  }

  async function expectNoFailedTask(handle: Handle): Promise<void> {
    const { events } = await handle.fetchHistory();
    assert.equal(
      events?.some((event) => event.workflowTaskFailedEventAttributes),
      false,
      'no workflow task failed',
    );
  }

  it('may carry anything while a person is asked: they are refused, and the decision counts as usual', async () => {
    const steps = fakeSteps(rollbackFailsUntil(3));
    await runner.deploying(steps, input(), async (handle) => {
      await needsOperator(handle);
      const before = await statusNow(handle);
      await allRefused(handle, wrongUpdates(240, 1));
      assert.deepEqual(await statusNow(handle), before);
      await decide(handle, 'retry');
      assert.equal((await finalStatus(handle)).status.outcome, 'rolled-back');
      await expectNoFailedTask(handle);
    });
  });

  it('may be payloads that cannot be read', async () => {
    const steps = fakeSteps(rollbackFailsUntil(3));
    await runner.deploying(steps, input(), async (handle) => {
      await needsOperator(handle);
      const unreadable = [
        [],
        [{ data: '{}' }],
        [{ encoding: 'json/plain', data: '{' }],
        [{ encoding: 'json/plain', data: '\xff\xfe' }],
        [{ encoding: 'binary/null', data: '' }],
        [{ encoding: 'binary/plain', data: '\x00\x01' }],
        [{ encoding: 'json/protobuf', data: '{}' }],
        [{ encoding: 'no/such', data: '{}' }],
        [{ encoding: 'json/plain', data: '['.repeat(100_000) + ']'.repeat(100_000) }],
      ];
      for (const payloads of unreadable) {
        for (const name of ['decide', 'supersede', 'toString', '__proto__']) {
          const outcome = await sendRaw(handle, name, payloads);
          assert.ok(outcome?.failure, `${name} ${JSON.stringify(payloads).slice(0, 80)}`);
        }
      }
      await decide(handle, 'retry');
      assert.equal((await finalStatus(handle)).status.outcome, 'rolled-back');
      await expectNoFailedTask(handle);
    });
  });

  it('may carry anything while it soaks', async () => {
    const steps = fakeSteps({ soak: untilCancelled });
    await runner.deploying(
      steps,
      input({ settings: settings({ soak: soakOf(7_200_000) }) }),
      async (handle) => {
        await until(async () => (await statusNow(handle))?.hosts.web1?.state === 'soaking');
        await allRefused(handle, wrongUpdates(60, 2));
        await handle.executeUpdate(supersedeUpdate, { args: [{ commit: 'hotfix', by: 'ops' }] });
        assert.equal((await finalStatus(handle)).status.outcome, 'superseded');
        await expectNoFailedTask(handle);
      },
    );
  });

  const answerOf = (handle: Handle, choice: Choice, by: string, question: number) =>
    handle.executeUpdate(decideUpdate, { args: [{ choice, by, question }] });
  const refusal = (words: string) => (error: Error) => (error.cause as Error).message === words;

  it('a decision is answered with what it leads to, the same again too, and counts once', async () => {
    const steps = fakeSteps(rollbackFailsUntil(5));
    await runner.deploying(steps, input({ ...twoHosts, batch: 2 }), async (handle) => {
      await needsOperator(handle);
      assert.equal((await statusNow(handle))?.question, 1);
      const leadsTo = 'The rollback of web1, web2 is tried again.';
      assert.equal(await answerOf(handle, 'retry', 'ada', 1), leadsTo);
      await needsOperator(handle, 1);
      assert.equal((await statusNow(handle))?.question, 2);
      assert.equal(
        await answerOf(handle, 'retry', 'bob', 1),
        `Question 1 was answered so before, by ada: ${leadsTo}`,
      );
      await assert.rejects(
        answerOf(handle, 'accept', 'bob', 1),
        refusal('Question 1 was answered with retry by ada.'),
      );
      await assert.rejects(
        answerOf(handle, 'retry', 'bob', 3),
        refusal('Question 3 is not asked; question 2 is. Look at it before you decide: landfall status.'),
      );
      assert.deepEqual((await statusNow(handle))?.decisions, ['retry by ada']);
      await answerOf(handle, 'accept', 'ada', 2);
      const { status } = await finalStatus(handle);
      assert.deepEqual([status.decisions, status.question], [['retry by ada', 'accept by ada'], null]);
      await expectNoFailedTask(handle);
    });
  });

  it('of two decisions that come at once the first counts, and the other one is told so', async () => {
    const steps = fakeSteps({ awaitReady: notReady });
    await runner.deploying(steps, input(), async (handle) => {
      await needsOperator(handle);
      const answers = await Promise.allSettled([
        answerOf(handle, 'retry', 'ada', 1),
        answerOf(handle, 'retry', 'bob', 1),
        answerOf(handle, 'go-forward', 'eve', 1),
      ]);
      await needsOperator(handle, 1);
      const taken = answers.filter(({ status }) => status === 'fulfilled').length;
      const [decision] = (await statusNow(handle))?.decisions ?? [];
      assert.equal(taken, decision === 'go-forward by eve' ? 1 : 2);
      await decide(handle, 'accept');
      await finalStatus(handle);
      await expectNoFailedTask(handle);
    });
  });
});
