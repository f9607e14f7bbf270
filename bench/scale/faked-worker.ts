/**
 * The worker of one measurement, in a process of its own: Landfall's own worker with faked activities.
 * Arguments: the engine's address, the scenario, the number of hosts. It tells its parent when it is ready,
 * and when half of the steps of a good deploy are done.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../src/activities';
import { checkDeployInput, checkDoctorInput } from '../../src/activities/check-input';
import type { HostTarget } from '../../src/config/deploy-input';
import { EngineWorker } from '../../src/temporal/engine-worker';
import { logToStandardError } from '../../src/temporal/runtime';
import { USUAL_ANSWERS } from '../../test/workflow/workflows/fake-steps';
import { misbehaviourOf, SCENARIOS } from './scenarios';

export type Told = 'ready' | 'halfway';

/** The time of a short step on a host nearby. */
const STEP_MS = 20;

const NEW_RELEASE = '2-0123456';

interface Asked {
  host?: HostTarget;
  release?: string | null;
}

function fakedActivities(scenario: string, hosts: number): Activities {
  const known = SCENARIOS.find((name) => name === scenario);
  if (known === undefined) throw new Error(`no scenario ${scenario}`);
  const misbehaviour = misbehaviourOf(known, hosts, NEW_RELEASE);
  let readyHosts = 0;
  const names = Object.keys(USUAL_ANSWERS) as (keyof typeof USUAL_ANSWERS)[];
  const faked = names.map((name) => {
    const activity = async (asked: Asked) => {
      const host = asked.host?.name ?? '';
      await delay(STEP_MS + misbehaviour.waits(name));
      const failure = misbehaviour.failure(name, host, asked);
      if (failure !== null) throw failure;
      if (name === 'awaitReady') readyHosts += 1;
      if (name === 'awaitReady' && readyHosts === Math.ceil(hosts / 2)) tell('halfway');
      return USUAL_ANSWERS[name];
    };
    return [name, activity];
  });
  const checkSearchable = async () => false;
  return {
    ...Object.fromEntries(faked),
    checkDeployInput,
    checkDoctorInput,
    checkSearchable,
  } as unknown as Activities;
}

function tell(what: Told): void {
  process.send?.(what);
}

async function main([address = '', scenario = '', hosts = '']: string[]): Promise<void> {
  logToStandardError('text');
  const connection = await NativeConnection.connect({ address });
  const activities = fakedActivities(scenario, Number(hosts));
  const worker = await EngineWorker.create({
    connection,
    namespace: 'default',
    taskQueue: 'landfall',
    activities,
  });
  tell('ready');
  await worker.run();
}

void main(process.argv.slice(2));
