import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { HostTarget } from '../config/deploy-input';
import { ejectCheck, envelope, resultCheck, setupCheck, speaker, type Verb } from '../contract/answers';
import { HELPER_PATH, LIMITS, PROTOCOL } from '../contract/contract';
import type { Eject, HelperError, Setup, Verbs } from '../contract/contract-types';
import { fail } from '../deployment/failures';
import type { Login } from '../ssh/config/login';
import type { HostConnections } from '../ssh/connections';
import { execute } from '../ssh/execute';
import { schemaProblems } from '../text/schema-problems';
import { answerIn } from './answer-line';
import { RUN_FIRST_LINE, SETUP_BOOTSTRAP } from './bootstrap';
import { setupNeeded, whyNoAnswer } from './no-answer';

export interface CallOptions {
  /** Follows the request's line: what `stage` unpacks. Asked for when it is sent, and then closed whatever happens. */
  payload?: () => Readable;
  /** Ends the waiting, not what the host does. */
  signal?: AbortSignal;
  /** Beyond this the outcome counts as unknown. */
  timeoutMs?: number;
  /** Bytes of the payload sent so far. */
  onProgress?: (sent: number) => void;
}

/** The helper waits at most 8 s for its lock, and as long for a job. */
const ANSWER_TIMEOUT_MS = 30_000;

/** A setup may install packages of the distribution. */
const SETUP_TIMEOUT_MS = 600_000;

/** A clone takes minutes, and a stopping process finishes its tasks. */
const EJECT_TIMEOUT_MS = 3_600_000;

/**
 * Asks `landfall-host` on a host for one verb: one JSON line there, one back.
 * @throws the helper's refusal, as the failure of that name
 * @throws RequestRefused for a request that the contract does not have; SetupNeeded when the helper cannot be run
 * @throws OutcomeUnknown without an answer; InvalidAnswer for an answer that does not fit the contract
 */
export async function callHelper<V extends Verb>(
  connections: HostConnections,
  host: HostTarget,
  service: string,
  verb: V,
  request: Verbs[V]['request'],
  options: CallOptions = {},
): Promise<Verbs[V]['result']> {
  const line = `${JSON.stringify({ protocol: PROTOCOL, verb, service, ...request })}\n`;
  const stdin =
    options.payload === undefined ? line : Readable.from(withPayload(line, options.payload, options));
  const answer = await ask(connections, host, [HELPER_PATH], stdin, options);
  return resultOf(host, verb, resultCheck(verb), answer);
}

/**
 * Sets a host up as root, or shows what would be done. Safe to repeat.
 * @param source what `landfall-host` is made of, from `helperSource`
 */
export async function installHelper(
  connections: HostConnections,
  administrator: HostTarget,
  request: Omit<Setup['request'], 'bytes'>,
  source: Buffer,
): Promise<Setup['result']> {
  const answer = await askAsAdministrator(
    connections,
    administrator,
    'setup',
    request,
    source,
    SETUP_TIMEOUT_MS,
  );
  return resultOf(administrator, 'setup', setupCheck, answer);
}

/**
 * Gives a service back as root: plain units, a checkout and a script. Or shows what would be done. Safe to repeat.
 * @param source what `landfall-host` is made of, from `helperSource`
 * @throws the refusal of the host, with the service as it ran before
 */
export async function giveBack(
  connections: HostConnections,
  administrator: HostTarget,
  request: Omit<Eject['request'], 'bytes'>,
  source: Buffer,
): Promise<Eject['result']> {
  const answer = await askAsAdministrator(
    connections,
    administrator,
    'eject',
    request,
    source,
    EJECT_TIMEOUT_MS,
  );
  return resultOf(administrator, 'eject', ejectCheck, answer);
}

/** The host gets the sources with the request, and needs nothing of Landfall before. */
function askAsAdministrator(
  connections: HostConnections,
  administrator: HostTarget,
  verb: 'setup' | 'eject',
  request: object,
  source: Buffer,
  timeoutMs: number,
): Promise<unknown> {
  const line = `${JSON.stringify({ protocol: PROTOCOL, verb, bytes: source.length, ...request })}\n`;
  const stdin = Buffer.concat([Buffer.from(`${JSON.stringify(SETUP_BOOTSTRAP)}\n${line}`), source]);
  const python = ['/usr/bin/python3', '-I', '-c', RUN_FIRST_LINE];
  return ask(connections, administrator, python, stdin, { installs: true, timeoutMs });
}

/** Whether the user that logs in may do everything as root without a password. */
export async function hasFullSudo(connections: HostConnections, host: HostTarget): Promise<boolean> {
  const connection = await connections.to(host);
  const limit = { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) };
  const { code } = await execute(
    connection,
    [...asRoot(connection.login), '/usr/bin/python3', '-I', '-c', 'pass'],
    limit,
  );
  // Who is given that right, by a group too, has it from the next login on.
  if (code !== 0) connection.retire();
  return code === 0;
}

/**
 * Runs a program as root that answers with one line of JSON. Without an answer in time, the login itself may
 * be the cause. That connection is retired, and the next try logs in again.
 */
async function ask(
  connections: HostConnections,
  host: HostTarget,
  program: string[],
  stdin: string | Buffer | Readable,
  { signal, timeoutMs = ANSWER_TIMEOUT_MS, installs = false }: CallOptions & { installs?: boolean } = {},
): Promise<unknown> {
  const connection = await connections.to(host);
  const limit = AbortSignal.timeout(timeoutMs);
  const until = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    const words = [...asRoot(connection.login), ...program];
    const ran = await execute(connection, words, { stdin, signal: until, outputLimit: LIMITS.answerBytes });
    const answer = answerIn(ran.stdout);
    if (answer === null) throw await whyNoAnswer(connection, ran, installs);
    return answer;
  } catch (error) {
    // An aborted step says nothing about the login.
    if (signal?.aborted !== true) connection.retire();
    throw error;
  }
}

/** Words in front of a command of root's. */
export function asRoot({ user }: Login): string[] {
  return user === 'root' ? [] : ['sudo', '-n'];
}

async function* withPayload(
  line: string,
  payload: () => Readable,
  { onProgress }: CallOptions,
): AsyncGenerator<Buffer> {
  yield Buffer.from(line);
  let sent = 0;
  for await (const chunk of payload()) {
    yield chunk;
    sent += chunk.length;
    onProgress?.(sent);
  }
}

/** @throws InvalidAnswer for an answer that does not fit the contract; nothing of it is used or shown */
function resultOf<Result>(
  host: HostTarget,
  verb: string,
  schema: z.ZodType<Result>,
  answer: unknown,
): Result {
  const { protocol } = checked(host, verb, speaker, answer);
  if (protocol !== PROTOCOL) {
    throw setupNeeded(
      host.name,
      `landfall-host on ${host.name} speaks protocol ${protocol}, not ${PROTOCOL}`,
    );
  }
  const told = checked(host, verb, envelope, answer);
  if (!told.ok) throw refused(host, told.error, verb);
  return checked(host, verb, schema, told.result);
}

function checked<Value>(host: HostTarget, verb: string, schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const what = `landfall-host on ${host.name} answered ${verb} in a form that does not fit: ${schemaProblems(parsed.error)}.`;
  throw fail('InvalidAnswer', what, {
    host: host.name,
    advice: `The helper may be of another version. Run: landfall setup ${host.name} --env <environment>. If its version is right, the helper was changed: do not trust that host.`,
  });
}

/** The helper's contract does not have this request: the helper may be of another version. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}

function refused(host: HostTarget, error: HelperError, verb: string): Error {
  const evidence = error.output === undefined ? {} : { evidence: { output: error.output } };
  const message = `${host.name}: ${error.message}`;
  switch (error.type) {
    case 'InvalidRequest':
      return new RequestRefused(message);
    case 'SetupNeeded':
      return setupNeeded(host.name, message);
    case 'Busy':
      return fail('OutcomeUnknown', message, { host: host.name, advice: 'Wait: Landfall retries the step.' });
    case 'NoSpace':
      return fail('CommandFailed', message, {
        host: host.name,
        advice: 'Free space on that file system and deploy again. No partial files were left.',
        ...evidence,
      });
    case 'Fenced':
      return fail('Fenced', message, {
        host: host.name,
        advice:
          'Run landfall status to see which deploy has the host. To take over an unfinished deploy of another engine, add --take-over.',
        ...evidence,
      });
    default:
      return fail(error.type === 'InvalidInput' ? 'InvalidInput' : 'CommandFailed', message, {
        host: host.name,
        advice:
          verb === 'eject'
            ? 'Correct the cause, and run landfall eject again.'
            : 'Correct the named value and deploy again.',
        ...evidence,
      });
  }
}
