import type { JobLimits } from '../config/deploy-input';
import type { Claim, JobRequest, JobState } from '../contract/contract-types';
import { fail } from '../deployment/failures';
import { raise, timeKeyOf, within } from '../deployment/time-limits';
import { type CallHost, type Claimed, cancelRequested, claimOf, heartbeating } from './step';

/** The part of a job request that a step decides; claim, round and waiting are decided here. */
export type Job = Omit<
  JobRequest,
  'claim' | 'round' | 'waitMilliseconds' | 'timeoutMilliseconds' | 'memoryMaxBytes'
> &
  JobLimits;

/** Each question waits this long on the host, so that the end of a job is known within milliseconds. */
const WAIT_MS = 4_000;

/** A step stops after this many reboots during one command. */
const MOST_ROUNDS = 3;

/**
 * Runs a command on the host as a job and waits for its end. Safe to run twice: a job that was
 * started before is found and followed. A job lost with a reboot is started again as a new round
 * when `repeatable`; otherwise its outcome is unknown and says so. `firstRound` is higher for a
 * command that one step runs again and again.
 *
 * A requested cancellation stops the job's whole process group; a worker's shutdown leaves it
 * running for the next attempt.
 *
 * @throws OutcomeUnknown when the connection was lost
 * @throws CommandFailed when a reboot interrupted it and it may not run again, or when systemd could not start it
 */
export async function runJob(
  call: CallHost,
  input: Claimed,
  job: Job,
  { repeatable = true, firstRound = 0 } = {},
): Promise<JobState> {
  return heartbeating(async (report) => {
    for (let round = firstRound; round < firstRound + MOST_ROUNDS; round++) {
      const state = await follow(call, input, job, round, report);
      if (state.result === 'resources') throw notStarted(input, job, state);
      if (state.state !== 'lost') return state;
      if (!repeatable) break;
    }
    throw fail(
      'CommandFailed',
      `${input.host.name} was rebooted while ${job.step} ran; how far it came is unknown.`,
      {
        host: input.host.name,
        advice: 'Check what the command has changed, then deploy again.',
      },
    );
  });
}

/** systemd itself could not start it: the release has nothing to do with it. */
function notStarted(input: Claimed, job: Job, state: JobState): Error {
  return fail(
    'CommandFailed',
    `systemd on ${input.host.name} could not start ${job.step}: ${lastLine(state.output)}`,
    {
      host: input.host.name,
      advice: 'Check that every environment file that landfall.yaml names exists there, then deploy again.',
      evidence: { output: state.output },
    },
  );
}

async function follow(
  call: CallHost,
  input: Claimed,
  job: Job,
  round: number,
  report: (detail: string) => void,
): Promise<JobState> {
  const claim = claimOf(input);
  const { step } = job;
  try {
    const request = jobRequest(job, claim, round);
    let state = await call('job', request);
    while (state.state === 'running') {
      report(progress(state));
      state = await call('job-wait', { fence: claim.fence, step, round, waitMilliseconds: WAIT_MS });
      // A later claim or round has swept it: asking under our own claim says which.
      if (state.state === 'absent') state = await call('job', request);
    }
    return state;
  } catch (error) {
    if (cancelRequested()) await call('job-stop', { claim, step, round }, { signal: undefined });
    throw error;
  }
}

/** The request to start a job, or to find it. Pure. */
export function jobRequest(job: Job, claim: Claim, round: number): JobRequest {
  const { timeout, memory, ...what } = job;
  const limits = { timeoutMilliseconds: timeout, memoryMaxBytes: memory };
  return { ...what, ...limits, claim, round, waitMilliseconds: WAIT_MS };
}

/** Where a running job is: the detail of the step's heartbeats. */
export function progress(state: JobState): string {
  return `${Math.round(state.elapsedMilliseconds / 1_000)} s: ${lastLine(state.output)}`;
}

/** In words: how a job ended that did not succeed; `memoryKey` is the key of its memory limit (`migrate.memory`). */
export function howItEnded(state: JobState, timeout: number, memoryKey: string): string {
  if (state.result === 'timeout') return `did not end ${within(timeout, timeKeyOf(memoryKey))}`;
  if (state.result === 'oom-kill') return `was killed because memory ran out${limitOf(state, memoryKey)}`;
  if (state.result === 'signal') return `was ended by signal ${state.exitStatus ?? '?'}`;
  if (state.result === 'exit-code') return `ended with exit status ${state.exitStatus ?? '?'}`;
  return `could not be run by systemd (${state.result ?? 'no result'}, status ${state.exitStatus ?? '?'})`;
}

/** The next step after a job that met its time limit; null: it met none. */
export function moreTime({ result }: JobState, timeout: number, memoryKey: string): string | null {
  return result === 'timeout' ? raise(timeKeyOf(memoryKey), timeout) : null;
}

function limitOf({ memoryMaxBytes }: JobState, memoryKey: string): string {
  if (memoryMaxBytes === null) return '';
  return `: its limit was ${Math.round(memoryMaxBytes / 1024 / 1024)} MiB; ${memoryKey} in landfall.yaml sets another`;
}

export function succeeded(state: JobState): boolean {
  return state.state === 'ended' && state.result === 'success' && state.exitStatus === 0;
}

/** The last line of output that says something. */
export function lastLine(output: string): string {
  return (
    output
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .at(-1) ?? ''
  );
}
