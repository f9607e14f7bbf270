import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/activities';
import type { DeployInput } from '../../src/config/deploy-input';
import { fail } from '../../src/deployment/failures';
import { hostTarget, input } from '../../test/harness/deploy-input';

export const SCENARIOS = [
  'good',
  'release',
  'prepare',
  'partition',
  'kill',
  'environments',
  'plan',
  'doctor',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const TITLES: Record<Scenario, string> = {
  good: 'good',
  release: 'rolled back',
  prepare: 'one host fails in prepare',
  partition: 'rolled back, half of the hosts unreachable',
  kill: 'good, worker killed halfway',
  environments: 'good, eight environments at once',
  plan: '`landfall plan`',
  doctor: '`landfall doctor`',
};

/** How a run of this scenario has to end: another end is not a measurement. null: it has no outcome. */
export const OUTCOMES: Record<Scenario, string | null> = {
  good: 'deployed',
  release: 'rolled-back',
  prepare: 'rejected',
  partition: 'rolled-back',
  kill: 'deployed',
  environments: 'deployed',
  plan: null,
  doctor: null,
};

/** The workflow of a scenario, and its start inputs: one for each run. */
export function runsOf(scenario: Scenario, hosts: number): { type: string; inputs: DeployInput[] } {
  if (scenario === 'environments') {
    const input = deployTo(Math.ceil(hosts / 8));
    const inputs = Array.from({ length: 8 }, (_, at) => ({ ...input, environment: `production${at + 1}` }));
    return { type: 'deploy', inputs };
  }
  const type = scenario === 'plan' || scenario === 'doctor' ? scenario : 'deploy';
  return { type, inputs: [deployTo(hosts)] };
}

/** Ten batches, so that the last host fails when all the others are released. */
function deployTo(hosts: number): DeployInput {
  const names = Array.from({ length: hosts }, (_, at) => `web${at + 1}`);
  return input({
    hosts: names.map((name) => hostTarget(name, { address: `${name}.example.net` })),
    batch: Math.max(1, Math.min(1000, Math.ceil(hosts / 10))),
  });
}

type Step = keyof Activities;

/** How faked steps behave instead of succeeding at once. */
export interface Misbehaviour {
  /** null: it succeeds. */
  failure: (step: Step, host: string, asked: { release?: string | null }) => Error | null;
  /** How long a step takes, in milliseconds, beyond what each step takes. */
  waits: (step: Step) => number;
}

/** @param release of the new commit: what is gone back to works */
export function misbehaviourOf(scenario: Scenario, hosts: number, release: string): Misbehaviour {
  const last = `web${hosts}`;
  const good: Misbehaviour = { failure: () => null, waits: () => 0 };
  switch (scenario) {
    case 'good':
    case 'kill':
    case 'environments':
    case 'plan':
    case 'doctor':
      return good;
    case 'prepare':
      return { ...good, failure: cannotBeImported(last) };
    case 'release':
      return { ...good, failure: neverReady(last, release) };
    case 'partition':
      return partitioned(neverReady(last, release));
  }
}

function cannotBeImported(where: string): Misbehaviour['failure'] {
  return (step, host) => {
    if (host !== where || step !== 'preImport') return null;
    return fail('PreImportFailed', `shop on ${host} cannot be imported.`, {
      host,
      advice: 'Repair the app.',
    });
  };
}

function neverReady(where: string, newRelease: string): Misbehaviour['failure'] {
  return (step, host, { release }) => {
    if (host !== where || step !== 'awaitReady' || release !== newRelease) return null;
    return fail('NotReady', `shop on ${host} was not ready within 60 s.`, {
      host,
      advice: 'Repair the app.',
    });
  };
}

/** How long the hosts are unreachable, from the first compensation that meets it. */
const PARTITION_MS = 10_000;

/** Half of the hosts are cut off when they are to be rolled back. */
function partitioned(before: Misbehaviour['failure']): Misbehaviour {
  let ends: number | null = null;
  return {
    failure: (step, host, asked) => {
      if (step !== 'restoreUnit') return before(step, host, asked);
      ends ??= performance.now() + PARTITION_MS;
      const isCutOff = Number(host.slice('web'.length)) % 2 === 1;
      return isCutOff && performance.now() < ends ? cutOff(host) : null;
    },
    waits: (step) => (step === 'awaitHost' ? Math.max(0, (ends ?? 0) - performance.now()) : 0),
  };
}

/** As after all attempts of one try. */
function cutOff(host: string): Error {
  return ApplicationFailure.create({
    type: 'HostUnreachable',
    message: `${host} cannot be reached: no answer in time.`,
    nonRetryable: true,
    details: [{ host, advice: '' }],
  });
}
