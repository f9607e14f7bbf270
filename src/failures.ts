/**
 * The failures that cross an activity boundary: what happened, on which host, and what a person
 * can do next. Imported by workflow code, so it stays free of everything else.
 */
import { ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';

/** What a failure is, and whether trying the same again can help. */
const RETRIED = {
  InvalidInput: false,
  AuthRejected: false,
  HostKeyMismatch: false,
  SetupNeeded: false,
  HostUnreachable: true,
  OutcomeUnknown: true,
  CommandFailed: false,
  PreImportFailed: false,
  RehearsalFailed: false,
  NotReady: false,
  CrashLoop: false,
  Fenced: false,
  ReleaseRejected: false,
  RolledBack: false,
  Superseded: false,
} as const;

export type FailureType = keyof typeof RETRIED;

/** What was seen, with secrets removed on the host. */
export interface Evidence {
  output?: string;
  lastAnswer?: string;
  journal?: string[];
  unit?: Record<string, unknown>;
}

export interface FailureDetails {
  host: string | null;
  /** What a person can do next; one sentence, may name a command. */
  advice: string;
  evidence?: Evidence;
}

/** Well below Temporal's 2 MB for a payload: an oversized failure would be retried for ever. */
const MOST_MESSAGE = 2_000;
const MOST_OUTPUT = 16_000;
const MOST_JOURNAL_LINES = 100;
const MOST_LINE = 500;

/** A failure to be thrown by an activity; the type alone decides whether it is retried. */
export function fail(
  type: FailureType,
  message: string,
  details: FailureDetails,
  cause?: Error,
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: message.slice(0, MOST_MESSAGE),
    nonRetryable: !RETRIED[type],
    details: [bounded(details)],
    cause,
  });
}

export interface KnownFailure {
  type: FailureType;
  message: string;
  details: FailureDetails;
}

/**
 * Looks through Temporal's wrapping for the failure that a step gave; a timeout counts as an
 * unknown outcome. @returns null for a cancellation and for what is none of ours
 */
export function failureOf(error: unknown): KnownFailure | null {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof CancelledFailure) return null;
    if (each instanceof ApplicationFailure && isFailureType(each.type)) {
      return { type: each.type, message: each.message, details: detailsOf(each) };
    }
    if (each instanceof TimeoutFailure && !(each.cause instanceof ApplicationFailure)) {
      return {
        type: 'OutcomeUnknown',
        message: `A step got no answer in time (${each.timeoutType}).`,
        details: { host: null, advice: 'See in the Temporal UI which step it was; check host and worker.' },
      };
    }
  }
  return null;
}

function isFailureType(type: unknown): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(RETRIED, type);
}

function detailsOf(failure: ApplicationFailure): FailureDetails {
  const [details] = failure.details ?? [];
  if (typeof details !== 'object' || details === null) return { host: null, advice: '' };
  return { host: null, advice: '', ...details };
}

function bounded(details: FailureDetails): FailureDetails {
  const { evidence } = details;
  if (evidence === undefined) return details;
  const { output, lastAnswer, journal } = evidence;
  return {
    ...details,
    evidence: {
      ...evidence,
      ...(output === undefined ? {} : { output: output.slice(-MOST_OUTPUT) }),
      ...(lastAnswer === undefined ? {} : { lastAnswer: lastAnswer.slice(0, MOST_OUTPUT) }),
      ...(journal === undefined
        ? {}
        : { journal: journal.slice(-MOST_JOURNAL_LINES).map((line) => line.slice(0, MOST_LINE)) }),
    },
  };
}
