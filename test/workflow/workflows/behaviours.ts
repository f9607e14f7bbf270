/** Behaviours of fake steps, and waits, for tests of the workflow. */

import { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../../src/deployment/failures';
import type { Choice } from '../../../src/deployment/status';
import { decideUpdate } from '../../../src/workflows/messages';
import { hostTarget } from '../../harness/deploy-input';
import { until } from '../../harness/until';
import type { Behaviour, FakeSteps } from './fake-steps';
import { type Handle, statusOf } from './workflow-runner';

export { until } from '../../harness/until';

export const twoHosts = { hosts: [hostTarget('web1'), hostTarget('web2')] };

export const notReady: Behaviour = async (host) => {
  throw fail('NotReady', `not ready on ${host}`, { host, advice: '', evidence: { lastAnswer: '503' } });
};

/** The host is gone, said at once, as after all attempts of one try. */
export const gone: Behaviour = async (host) => {
  throw ApplicationFailure.create({
    type: 'HostUnreachable',
    message: `${host} cannot be reached: no answer in time.`,
    nonRetryable: true,
    details: [{ host, advice: '' }],
  });
};

/** A step that lasts until it is asked to stop. */
export const untilCancelled: Behaviour = async () => {
  const { Context } = await import('@temporalio/activity');
  const beat = setInterval(() => Context.current().heartbeat(), 100);
  // A beat that the test no longer awaits must not keep it from ending.
  beat.unref();
  try {
    return await Context.current().cancelled;
  } finally {
    clearInterval(beat);
  }
};

/** The steps of one host, and those that belong to none, in the order of their beginning. */
export function namesOf(steps: FakeSteps, host = 'web1'): string[] {
  return steps.begun
    .filter((call) => call.startsWith(`${host} `) || call.startsWith('- '))
    .map((call) => call.split(' ')[1] ?? '');
}

/** Waits until the run asks for a person, after this many decisions. */
export async function needsOperator(handle: Handle, decisions?: number): Promise<void> {
  await until(async () => {
    const status = statusOf((await handle.describe()).memo);
    const asked = status?.outcome === 'needs-operator';
    return asked && (decisions === undefined || status.decisions.length === decisions);
  });
}

/** Answers the question that is asked now, as `landfall decide` does. @returns what that leads to */
export async function decide(handle: Handle, choice: Choice, by = 'ops'): Promise<string> {
  const question = statusOf((await handle.describe()).memo)?.question ?? 1;
  return handle.executeUpdate(decideUpdate, { args: [{ choice, by, question }] });
}
