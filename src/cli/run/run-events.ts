import { setMaxListeners } from 'node:events';
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type DeployStatus, STATUS_MEMO } from '../../deployment/status';
import { fromMarkdown } from '../../text/safe-text';
import { readStatus } from './read-status';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;
type Failure = temporal.api.failure.v1.IFailure;

/** Steps that have not ended, by the id of the event that scheduled them; `began` in milliseconds. */
type Steps = Map<string, { step: string; summary: string; began: number }>;

/** Something that happened in a run, for people. */
export type RunEvent =
  | { kind: 'started'; id: string; step: string; summary: string }
  | {
      kind: 'ended';
      id: string;
      step: string;
      summary: string;
      seconds: number;
      note: string;
      result: unknown;
    }
  | { kind: 'failed'; id: string; step: string; summary: string; seconds: number; failure: StepFailure }
  | { kind: 'status'; status: DeployStatus }
  | { kind: 'cancel-requested' }
  | { kind: 'closed' };

export interface StepFailure {
  type: string;
  message: string;
  /** The failure's details, as the step gave them; null for Temporal's own timeouts and cancellations. */
  details: unknown;
}

/** The engine's own pages may be larger than the 4 MB that a client takes: an event may have a summary of 60 kB. */
const EVENTS_IN_PAGE = 50;

/**
 * Tells what happens in a run as it happens, from its beginning to its end. It reads history
 * only (one long poll, no queries), so it also works while no worker runs.
 * @param signal ends the following, not the run
 */
export async function* followRun(
  client: Client,
  workflowId: string,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const steps: Steps = new Map();
  let nextPageToken: Uint8Array | undefined;
  // Each long poll listens to it, for as long as a deploy lasts.
  setMaxListeners(0, signal);
  while (!signal.aborted) {
    const page = await nextPage(client, workflowId, runId, nextPageToken, signal);
    if (page === null) return;
    for (const recorded of page.history?.events ?? []) {
      const event = runEventOf(recorded, steps);
      if (event === null) continue;
      yield event;
      if (event.kind === 'closed') return;
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    if (nextPageToken === undefined) return;
  }
}

async function nextPage(
  client: Client,
  workflowId: string,
  runId: string,
  nextPageToken: Uint8Array | undefined,
  signal: AbortSignal,
) {
  for (;;) {
    try {
      return await client.connection.withAbortSignal(signal, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: { workflowId, runId },
          waitNewEvent: true,
          maximumPageSize: EVENTS_IN_PAGE,
          nextPageToken,
        }),
      );
    } catch (error) {
      if (signal.aborted) return null;
      // Quiet times end a long poll; an engine that is being restarted is waited for by the caller.
      if (!isDeadline(error)) throw error;
    }
  }
}

function isDeadline(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 4;
}

function runEventOf(event: HistoryEvent, steps: Steps): RunEvent | null {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const id = String(event.eventId);
    const step = scheduled.activityType?.name ?? '';
    const summary = fromMarkdown(String(decode(event.userMetadata?.summary) ?? step));
    steps.set(id, { step, summary, began: timeOf(event) });
    return { kind: 'started', id, step, summary };
  }
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const result = decode(completed.result?.payloads?.[0]);
    const note = isObject(result) && typeof result.note === 'string' ? result.note : '';
    return { kind: 'ended', ...ended(event, completed.scheduledEventId, steps), note, result };
  }
  const failed =
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  if (failed) {
    const failure =
      'failure' in failed && failed.failure
        ? stepFailure(failed.failure)
        : { type: 'Cancelled', message: 'cancelled', details: null };
    return { kind: 'failed', ...ended(event, failed.scheduledEventId, steps), failure };
  }
  const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[STATUS_MEMO];
  if (memo) {
    const status = readStatus(decode(memo));
    return status === null ? null : { kind: 'status', status };
  }
  if (event.workflowExecutionCancelRequestedEventAttributes) return { kind: 'cancel-requested' };
  return closes(event) ? { kind: 'closed' } : null;
}

function ended(event: HistoryEvent, scheduledEventId: unknown, steps: Steps) {
  const id = String(scheduledEventId);
  const { step, summary, began } = steps.get(id) ?? { step: '', summary: '', began: timeOf(event) };
  steps.delete(id);
  return { id, step, summary, seconds: (timeOf(event) - began) / 1000 };
}

/** A timeout's last real failure says more than the timeout itself. */
function stepFailure(failure: Failure): StepFailure {
  if (failure.timeoutFailureInfo && failure.cause) return stepFailure(failure.cause);
  const info = failure.applicationFailureInfo;
  if (!info) return { type: 'Timeout', message: failure.message ?? '', details: null };
  const details = decode(info.details?.payloads?.[0]) ?? null;
  return { type: info.type ?? '', message: failure.message ?? '', details };
}

function closes(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionCanceledEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes,
  );
}

function timeOf(event: HistoryEvent): number {
  const seconds = Number(event.eventTime?.seconds ?? 0);
  return seconds * 1000 + (event.eventTime?.nanos ?? 0) / 1e6;
}

function decode(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
