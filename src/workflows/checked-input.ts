import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { DeployInput, DoctorInput } from '../config/deploy-input';
import { Board } from './board';
import { Operator } from './operator';
import { reasonOf } from './reason';
import { type DeployStatus, undecided } from './status';

/**
 * In the same workflow task: nothing but the worker is needed for it. Bounded by attempts, because what
 * fails here fails again.
 */
const checks = proxyLocalActivities<Pick<Activities, 'checkDeployInput' | 'checkDoctorInput'>>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

/**
 * What a deploy was started with, once the worker has found it well-formed. First of all: an error of the
 * workflow's own code would fail its task again and again, and leave the run hanging.
 * @param given any JSON at all
 * @throws InvalidInput, which ends the run; its status says so too
 */
export function checkedDeploy(given: unknown): Promise<DeployInput> {
  return checked(given, null, () => checks.checkDeployInput(given));
}

/** The same for a repair. */
export function checkedRepair(given: unknown): Promise<DoctorInput> {
  return checked(given, 'repair', () => checks.checkDoctorInput(given));
}

/** The same for the doctor, which has no status and takes no updates. */
export async function checkedDoctor(given: unknown): Promise<DoctorInput> {
  return await unwrapped(checks.checkDoctorInput(given));
}

async function checked<Input>(
  given: unknown,
  task: 'repair' | null,
  check: () => Promise<Input>,
): Promise<Input> {
  // An update of this moment is refused with a reason; without a handler the engine would say that there is none.
  new Operator(() => 'nothing');
  try {
    // A cancel of this moment is for the run itself, which ends with a word about it.
    return await CancellationScope.nonCancellable(() => unwrapped(check()));
  } catch (error) {
    if (error instanceof ApplicationFailure) new Board(refusedStatus(given, task, error)).publish();
    throw error;
  }
}

/** The run's own failure is what the check says, and not that an activity failed. */
async function unwrapped<Input>(check: Promise<Input>): Promise<Input> {
  try {
    return await check;
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
}

function refusedStatus(given: unknown, task: 'repair' | null, error: unknown): DeployStatus {
  return {
    ...(task !== null && { task }),
    service: wordOf(given, 'service'),
    environment: wordOf(given, 'environment'),
    requested: 'unknown',
    commit: null,
    by: wordOf(given, 'by'),
    ciRun: null,
    ...undecided(),
    phase: 'ended',
    outcome: task === null ? 'rejected' : 'not-repaired',
    reason: reasonOf(error),
  };
}

/** For people, of what nobody has checked. */
function wordOf(given: unknown, field: string): string {
  const value = typeof given === 'object' && given !== null ? Reflect.get(given, field) : undefined;
  const isPlain = typeof value === 'string' && /^[\w@.() /-]{1,100}$/.test(value);
  return isPlain ? value : 'unknown';
}
