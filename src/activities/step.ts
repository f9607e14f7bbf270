import { Context, heartbeat } from '@temporalio/activity';
import { z } from 'zod';
import type { HostTarget } from '../config/deploy-input';
import { host } from '../config/file';
import { serviceName } from '../config/values';
import type { Verb } from '../contract/answers';
import type { Claim, Verbs } from '../contract/contract-types';
import { fail } from '../deployment/failures';
import { type CallOptions, callHelper, RequestRefused } from '../host-agent/client';
import { schemaProblems } from '../text/schema-problems';
import type { Dependencies } from './dependencies';
import { whyRefused } from './other-version';
import { type Beat, stepTime } from './step-time';

/** Which service on which host a step is about: part of every step's input. */
export interface OnHost {
  service: string;
  host: HostTarget;
}

/** Part of the input of every step that changes a host; run and attempt are added by the activity. */
export interface Claimed extends OnHost {
  claim: { fence: number; seq: number };
  /** How often this same change was tried before, by steps of their own; absent: never. */
  tries?: number;
}

/** Part of every result: one line for people, printed behind the step's name. */
export interface Noted {
  note: string;
  /** Warnings, each a line of its own for the person who reads the run. */
  notices?: string[];
}

/** Asks the helper of a step's host, ending with the step when it is cancelled. */
export type CallHost = <V extends Verb>(
  verb: V,
  request: Verbs[V]['request'],
  options?: CallOptions,
) => Promise<Verbs[V]['result']>;

/** @throws InvalidInput for a service or a host that could not have been checked where the run began */
export function hostOf(dependencies: Dependencies, input: OnHost): CallHost {
  checkTarget(input);
  return async (verb, request, options) => {
    const context = Context.current();
    try {
      return await callHelper(dependencies.connections, input.host, input.service, verb, request, {
        signal: context.cancellationSignal,
        ...options,
      });
    } catch (error) {
      // A cancel that interrupts a question is not a failure of the host: the step was cancelled.
      if (cancelRequested()) await context.cancelled;
      throw error instanceof RequestRefused ? await whyRefused(dependencies, input, error) : error;
    }
  };
}

const targetSchema = z.object({ service: serviceName.value(), host: host.value() });

function checkTarget(input: OnHost): void {
  const parsed = targetSchema.safeParse(input);
  if (parsed.success) return;
  throw fail('InvalidInput', `The input of a step does not fit: ${schemaProblems(parsed.error)}.`, {
    host: null,
    advice: 'Start the run again with a landfall command.',
  });
}

/** The run that this step belongs to. */
export function runOfStep(): { workflowId: string; runId: string } {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution === undefined) throw new Error('a step runs only inside a workflow');
  return workflowExecution;
}

/** More than one step ever makes: the host refuses what is left of an earlier try. */
const ATTEMPTS_OF_A_TRY = 1_000;

/** The claim of this attempt of this run. */
export function claimOf(input: Claimed): Claim {
  const { attempt } = Context.current().info;
  const before = (input.tries ?? 0) * ATTEMPTS_OF_A_TRY;
  return { ...input.claim, run: runOfStep().runId, attempt: before + attempt };
}

/** Reports that a step is alive, with a word on where it is, until its work ends. */
export async function heartbeating<T>(work: (report: (detail: string) => void) => Promise<T>): Promise<T> {
  const time = stepTime();
  let said = '';
  const beat = () => heartbeat({ said, workedMs: Math.round(time.worked) } satisfies Beat);
  // Well below the heartbeat timeout of 8 s, so a worker survives one lost report.
  const timer = setInterval(beat, 2_000);
  try {
    return await work((text) => {
      said = text;
      beat();
    });
  } finally {
    clearInterval(timer);
  }
}

/** True when a person or the workflow asked this step to end; false for a worker's shutdown, a pause, a vanished run. */
export function cancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested ?? false;
}

/** `0.4 s`, `1 min 5 s`: how long something took, in milliseconds, for notes. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1_000;
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}
