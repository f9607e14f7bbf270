import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { DeployInput, DoctorInput } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { type DeployStatus, undecided } from '../deployment/status';
import { Operator } from './operator';
import { reasonOf } from './reason';
import { StatusPublisher } from './status-publisher';

/**
 * In the same workflow task: nothing but the worker is needed for it. Bounded by attempts, because what
 * fails here fails again.
 */
const checks = proxyLocalActivities<Pick<Activities, 'checkDeployInput' | 'checkDoctorInput'>>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

/** Far more than any input has. What is nested much deeper cannot be written again: that overflows the stack. */
const MOST_LEVELS = 100;

/**
 * The start input of a deploy, after the worker has checked it. This check comes first, because an error of the
 * workflow's own code would fail its task again and again: the run would hang.
 * @param given any JSON at all
 * @throws InvalidInput, which ends the run; its status says so too
 */
export function checkedDeploy(given: unknown): Promise<DeployInput> {
  return checked(given, null, () => checks.checkDeployInput(flat(given)));
}

/** The same for a repair. */
export function checkedRepair(given: unknown): Promise<DoctorInput> {
  return checked(given, 'repair', () => checks.checkDoctorInput(flat(given)));
}

/** The same for the doctor, which has no status and takes no updates. */
export async function checkedDoctor(given: unknown): Promise<DoctorInput> {
  return await unwrapped(checks.checkDoctorInput(flat(given)));
}

/** The same for a plan, which has none either. */
export async function checkedPlan(given: unknown): Promise<DeployInput> {
  return await unwrapped(checks.checkDeployInput(flat(given)));
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
    if (error instanceof ApplicationFailure)
      new StatusPublisher(refusedStatus(given, task, error)).enter('ended');
    throw error;
  }
}

/** The same, when it can be handed on. @throws InvalidInput */
function flat(given: unknown): unknown {
  if (!isDeeper(given, MOST_LEVELS)) return given;
  throw fail(
    'InvalidInput',
    `The start input of the run does not fit: it is nested deeper than ${MOST_LEVELS} levels.`,
    { host: null, advice: "Start the run again with a landfall command of the worker's version." },
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
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

/** A text for people from unchecked input. */
function wordOf(given: unknown, field: string): string {
  const value = typeof given === 'object' && given !== null ? Reflect.get(given, field) : undefined;
  const isPlain = typeof value === 'string' && /^[\w@.() /-]{1,100}$/.test(value);
  return isPlain ? value : 'unknown';
}
