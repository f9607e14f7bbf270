/**
 * The failures that cross an activity boundary: what happened, on which host, and what a person
 * can do next. Imported by workflow code, so it stays free of everything else.
 */
import { ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';

/** The types of failures, and whether a retry can help. */
const RETRIED = {
  InvalidInput: false,
  AuthRejected: false,
  HostKeyMismatch: false,
  SetupNeeded: false,
  HostUnreachable: true,
  OutcomeUnknown: true,
  InvalidAnswer: false,
  CommandFailed: false,
  PreImportFailed: false,
  RehearsalFailed: false,
  NotReady: false,
  CrashLoop: false,
  Fenced: false,
  ReleaseRejected: false,
  RolledBack: false,
  Accepted: false,
  Superseded: false,
  NotRepaired: false,
  // A defect of Landfall: the same code gives the same again.
  Unexpected: false,
} as const;

export type FailureType = keyof typeof RETRIED;

/** The evidence of a failure, with secrets removed on the host. */
export interface Evidence {
  output?: string;
  lastAnswer?: string;
  journal?: string[];
  unit?: Record<string, unknown>;
}

export interface FailureDetails {
  host: string | null;
  /** The next step for a person; one sentence, may name a command. */
  advice: string;
  evidence?: Evidence;
}

/**
 * Bytes as JSON, together below 64 KiB and so far below Temporal's 2 MB for a payload: an
 * oversized failure would be retried for ever.
 */
const MOST_MESSAGE = 2_000;
const MOST_ADVICE = 2_000;
const MOST_OUTPUT = 16_000;
const MOST_ANSWER = 8_000;
const MOST_JOURNAL = 28_000;
const MOST_UNIT = 6_000;

/** A failure to be thrown by an activity; the type alone decides whether it is retried. */
export function fail(
  type: FailureType,
  message: string,
  details: FailureDetails,
  cause?: Error,
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    // Half a surrogate pair, of a text that was cut or was not UTF-8, would be refused by the engine for ever.
    message: beginning(message, MOST_MESSAGE).toWellFormed(),
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
 * Finds the failure of a step inside Temporal's wrapping; a timeout counts as an unknown outcome.
 * @returns null for a cancellation and for foreign errors
 */
export function failureOf(error: unknown): KnownFailure | null {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof CancelledFailure) return null;
    if (each instanceof ApplicationFailure && isFailureType(each.type)) {
      return { type: each.type, message: each.message, details: detailsOf(each) };
    }
    if (each instanceof TimeoutFailure) {
      // A budget that ended between two tries: the last try says why.
      const last = failureOf(each.cause);
      if (last !== null) return last;
      return {
        type: 'OutcomeUnknown',
        message: `A step got no answer in time (${each.timeoutType}).`,
        details: { host: null, advice: 'See in the Temporal UI which step it was; check host and worker.' },
      };
    }
  }
  return null;
}

/** Whether a failure of that name is one that steps and runs foresee. */
export function isFailureType(type: unknown): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(RETRIED, type);
}

function detailsOf(failure: ApplicationFailure): FailureDetails {
  const [details] = failure.details ?? [];
  if (typeof details !== 'object' || details === null) return { host: null, advice: '' };
  return { host: null, advice: '', ...details };
}

function bounded({ host, advice, evidence }: FailureDetails): FailureDetails {
  const short = { host, advice: beginning(advice, MOST_ADVICE) };
  if (evidence === undefined) return short;
  const { output, lastAnswer, journal, unit } = evidence;
  return {
    ...short,
    evidence: {
      ...(output === undefined ? {} : { output: ending(output, MOST_OUTPUT) }),
      ...(lastAnswer === undefined ? {} : { lastAnswer: beginning(lastAnswer, MOST_ANSWER) }),
      ...(journal === undefined ? {} : { journal: ending(journal.join('\n'), MOST_JOURNAL).split('\n') }),
      ...(unit === undefined || beginning(JSON.stringify(unit), MOST_UNIT) !== JSON.stringify(unit)
        ? {}
        : { unit }),
    },
  };
}

function beginning(text: string, bytes: number): string {
  let size = 0;
  for (let at = 0; at < text.length; at += 1) {
    size += bytesOf(text.charCodeAt(at));
    if (size > bytes) return text.slice(0, at);
  }
  return text;
}

function ending(text: string, bytes: number): string {
  let size = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    size += bytesOf(text.charCodeAt(at));
    if (size > bytes) return text.slice(at + 1);
  }
  return text;
}

/** At most so much does one UTF-16 unit take in JSON: `\n` may end one line and begin another. */
function bytesOf(unit: number): number {
  if (unit === 0x0a || unit === 0x22 || unit === 0x5c) return 3;
  if (unit < 0x20) return 6;
  return unit < 0x80 ? 1 : 3;
}
