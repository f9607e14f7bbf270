/** The project's own command as the readiness question: its exit status is the answer. */
import type { ReadinessSettings, ServiceSettings } from '../../config/deploy-input';
import type { JobState, ProbeAnswer } from '../../contract/contract-types';
import { bindArgument } from '../../deployment/gunicorn';
import { within } from '../../deployment/time-limits';
import { eventually } from '../eventually';
import { lastLine, runJob, succeeded } from '../run-job';
import type { CallHost, Claimed } from '../step';
import { stepTime } from '../step-time';

/** A round of the job for each tenth of a second. A step has its own, and lasts less than three hours. */
const ROUNDS_OF_A_STEP = 100_000;

/** An answer without HTTP. Status 200: well. */
const NOTHING = { body: '', headers: {}, error: null };

/** The command of `readiness.check`; null: another kind of check. */
export function commandOf({ check }: ReadinessSettings): string[] | null {
  return typeof check === 'string' ? null : check.command;
}

/**
 * Runs the command as a job: as the service, in its release, with its environment. It finds the address in
 * LANDFALL_BIND. Each call is another round, also of a second attempt of the step.
 */
export function commandCheck(
  call: CallHost,
  input: Claimed & { release: string; settings: ServiceSettings },
): () => Promise<ProbeAnswer> {
  const { readiness, env } = input.settings;
  const command = commandOf(readiness) ?? [];
  const time = stepTime();
  let last = -1;
  return async () => {
    last = Math.max(last + 1, Math.floor(time.passed / 100));
    const job = {
      step: 'check',
      as: 'service' as const,
      release: input.release,
      argv: ['/usr/bin/env', '--', `LANDFALL_BIND=${bindArgument(input.host.bind)}`, ...command],
      env,
      timeout: readiness.requestTimeout,
      memory: null,
    };
    const round = (input.claim.seq * ROUNDS_OF_A_STEP + last) % MOST_ROUND;
    const state = await runJob(call, input, job, { firstRound: round });
    return answerOf(state, readiness);
  };
}

const MOST_ROUND = 2 ** 30;

/**
 * Runs the command until it has succeeded so often in a row.
 * @returns why it did not within the time; null: it did
 */
export async function untilItSucceeds(
  check: () => Promise<ProbeAnswer>,
  { successes }: ReadinessSettings,
  limitMs: number,
): Promise<string | null> {
  let good = 0;
  let why = 'the command did not run yet';
  const ended = await eventually(limitMs, async () => {
    const { status, error } = await check();
    good = status === null ? 0 : good + 1;
    why = error ?? why;
    return good >= successes ? good : null;
  });
  return ended === null ? why : null;
}

/** Pure. */
function answerOf(state: JobState, { requestTimeout }: ReadinessSettings): ProbeAnswer {
  const { result, exitStatus, elapsedMilliseconds: milliseconds, output } = state;
  if (succeeded(state)) return { ...NOTHING, status: 200, milliseconds };
  const how =
    result === 'timeout'
      ? `did not end ${within(requestTimeout, 'readiness.requestTimeout')}`
      : `ended with ${result === 'exit-code' ? `exit status ${exitStatus ?? '?'}` : (result ?? 'no result')}`;
  const said = lastLine(output);
  return { ...NOTHING, status: null, error: `the command ${how}${said && `: ${said}`}`, milliseconds };
}
