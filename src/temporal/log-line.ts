/** One line of the worker's log, for people or for programs. Pure. */
import type { LogEntry } from '@temporalio/worker';
import { isFailureType } from '../deployment/failures';
import { linesOf, oneLine, shortened } from '../text/safe-text';

/** The order of the fields in every entry. */
const CONTEXT: [name: string, ...keys: string[]][] = [
  ['workflow', 'workflowId', 'workflow_id'],
  ['run', 'runId', 'workflowRunId', 'run_id'],
  ['activity', 'activityType', 'activity_type'],
  ['attempt', 'attempt'],
  ['service', 'service'],
  ['environment', 'environment'],
  ['host', 'host'],
];

const MOST_TEXT = 2_000;
const MOST_STACK_LINES = 20;

export type LogForm = 'text' | 'json';

/** The SDK's words for a worker of the watch queue, which has no workflows. */
const NO_WORKFLOWS = 'No workflows registered, not polling for workflow tasks';

/** The SDK's words for a run that ended with a failure. */
const RUN_FAILED = 'Workflow failed';

/**
 * The client and the engine report an expected failure of a step or a run; the log would have a line for
 * each attempt. A run fails only with Landfall's own failures, because any other error stops its workflow
 * task. That failure loses its type on its way out of the sandbox, so the SDK's words identify it.
 */
export function isExpected({ message, meta }: Pick<LogEntry, 'message' | 'meta'>): boolean {
  if (message === RUN_FAILED || message === NO_WORKFLOWS) return true;
  for (let each = meta?.error; isRecord(each); each = each.cause)
    if (isFailureType(each.type)) return each.type !== 'Unexpected';
  return false;
}

/** The lines of an entry; JSON is one line of ASCII. */
export function logLines(entry: LogEntry, form: LogForm): string[] {
  const { level, message, meta = {} } = entry;
  const time = new Date(Number(entry.timestampNanos / 1_000_000n)).toISOString();
  const context = contextOf(meta);
  const error = errorOf(meta);
  if (form === 'json') {
    const line = JSON.stringify({ time, level, message: shortened(message, MOST_TEXT), ...context, error });
    return [line.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)];
  }
  const words = Object.entries(context).map(([name, value]) => `${name}=${wordOf(value)}`);
  const what = error === null ? '' : `: ${error.name}: ${error.message}`;
  const first = [time, level, `${shortened(oneLine(message), MOST_TEXT)}${what}`, ...words].join(' ');
  return [first, ...(error?.stack ?? []).map((line) => `    ${line}`)];
}

function contextOf(meta: Record<string, unknown>): Record<string, unknown> {
  const known = CONTEXT.flatMap(([name, ...keys]) => {
    const value = keys.map((key) => meta[key]).find((one) => one !== undefined && one !== null);
    return value === undefined ? [] : [[name, value] as const];
  });
  const context = Object.fromEntries(known);
  // deploy/<service>/<environment>
  const [, service, environment] = /^[a-z]+\/([^/]+)\/([^/]+)$/.exec(String(context.workflow)) ?? [];
  return { ...context, ...(service === undefined ? {} : { service, environment }) };
}

function errorOf(meta: Record<string, unknown>): { name: string; message: string; stack: string[] } | null {
  const error = meta.error ?? meta.failure;
  if (error === undefined || error === null) return null;
  if (!isRecord(error)) return { name: 'failure', message: text(error), stack: [] };
  const { name = 'Error', message = '', stack = '', type, cause } = error;
  const because = isRecord(cause) ? `; because of ${text(cause.message ?? cause)}` : '';
  const kind = typeof type === 'string' ? type : text(name);
  const frames = linesOf(String(stack)).filter((line) => /^\s+at /.test(line));
  return {
    name: kind,
    message: `${text(message)}${because}`,
    stack: frames.slice(0, MOST_STACK_LINES).map((line) => line.trim()),
  };
}

function text(value: unknown): string {
  return shortened(oneLine(String(value)), MOST_TEXT);
}

function wordOf(value: unknown): string {
  const word = text(value);
  return /^[\w./:@-]+$/.test(word) ? word : JSON.stringify(word);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
