import type { HostTarget, ReadinessSettings } from '../../config/deploy-input';
import type { Address, ProbeAnswer, UnitState, Verbs } from '../../contract/contract-types';
import { askedHost } from '../../deployment/asked-headers';
import { type Judged, judge } from '../../deployment/judge';
import { within } from '../../deployment/time-limits';
import { ask, connects } from '../../http/ask';
import { ForwardingForbidden } from '../../ssh/forward';
import type { Dependencies } from '../dependencies';
import { type CallHost, hostOf, type OnHost } from '../step';
import { monotonic } from '../step-time';
import { commandOf } from './check-command';

/** How readiness is asked on one host: by default as users reach it, through the SSH connection. */
export interface Asker {
  ask(): Promise<ProbeAnswer>;
}

/**
 * Asks the readiness path through the worker's SSH connection; on a host that forbids port
 * forwarding the helper asks from there instead. A public `url` is asked from the controller.
 */
/** The longest time that a look at the unit may take on a busy host. */
const LOOK_MS = 5_000;

/**
 * Whether the question and the look at the unit took so long that the line to the host stood still. An answer, or
 * a missing answer, in that time says nothing about the service.
 * @param since when the first question was asked, by the monotonic clock
 */
export function lineStoodStill(since: number, questions: number, readiness: ReadinessSettings): boolean {
  return monotonic() - since > questions * readiness.requestTimeout + LOOK_MS;
}

/** @param command runs the command of `readiness.check`; absent: no claim allows it, and a connection tells */
export function askerFor(
  dependencies: Dependencies,
  input: OnHost,
  readiness: ReadinessSettings,
  command?: () => Promise<ProbeAnswer>,
): Asker {
  if (command !== undefined && commandOf(readiness) !== null) return { ask: command };
  const call = hostOf(dependencies, input);
  let forbidden = false;
  return {
    async ask() {
      if (!forbidden) {
        try {
          return await askFromController(dependencies, input.host, readiness);
        } catch (error) {
          if (!(error instanceof ForwardingForbidden)) throw error;
          forbidden = true;
        }
      }
      return askFromHost(call, input.host, readiness);
    },
  };
}

function askFromController(
  dependencies: Dependencies,
  host: HostTarget,
  readiness: ReadinessSettings,
): Promise<ProbeAnswer> {
  const { requestTimeout: timeoutMs } = readiness;
  const { headers, path } = readiness;
  if (readiness.url !== null)
    return ask({ url: readiness.url, allowed: dependencies.allowedUrls, headers, timeoutMs });
  const { connections } = dependencies;
  const question = { connections, host, address: host.bind, path, headers, timeoutMs };
  if (isConnection(readiness)) return connects(question);
  return ask({ ...question, secure: readiness.check === 'https' });
}

function askFromHost(call: CallHost, host: HostTarget, readiness: ReadinessSettings): Promise<ProbeAnswer> {
  return call('probe', probeRequest(host, readiness));
}

/** Whether only a connection is asked for. Where a command cannot run, a connection stands for it. */
function isConnection({ check }: ReadinessSettings): boolean {
  return check === 'tcp' || typeof check !== 'string';
}

/** The request to the helper instead. Pure. */
export function probeRequest(host: HostTarget, readiness: ReadinessSettings): Verbs['probe']['request'] {
  const { path, headers, requestTimeout: timeoutMilliseconds } = readiness;
  const check = isConnection(readiness) ? 'tcp' : readiness.check === 'https' ? 'https' : null;
  return { address: host.bind, path, headers, timeoutMilliseconds, ...(check !== null && { check }) };
}

/** Whether the status alone says so. */
export function isReady(answer: ProbeAnswer): boolean {
  return answer.status !== null && answer.status >= 200 && answer.status < 300;
}

/** The answer to the readiness question as the gate judges it; null: there was no answer. */
export function judgedAnswer(
  { status, headers, body }: ProbeAnswer,
  readiness: ReadinessSettings,
  bind: Address,
): Judged | null {
  if (status === null) return null;
  const { path, expect, url, check } = readiness;
  if (isConnection(readiness)) return { good: true };
  const secure = url?.startsWith('https:') ?? check === 'https';
  return judge({ status, headers, body }, { path, host: askedHost(readiness, bind), secure, expect });
}

/** `/health/ready: status 503`, with the cause where the answer shows it. */
export function judgedInWords(answer: ProbeAnswer, readiness: ReadinessSettings, bind: Address): string {
  const judged = judgedAnswer(answer, readiness, bind);
  if (isConnection(readiness)) return checkInWords(answer, readiness);
  const cause = judged === null || judged.good ? null : judged.cause;
  return `${readiness.path}: ${cause?.words ?? inWords(answer, readiness)}`;
}

function checkInWords(answer: ProbeAnswer, readiness: ReadinessSettings): string {
  const byCommand = commandOf(readiness) !== null;
  if (answer.status !== null)
    return `readiness.check: ${byCommand ? 'well' : 'the address accepts connections'}`;
  return `readiness.check: ${byCommand ? answer.error : inWords(answer, readiness)}`;
}

/** Whether a request got no answer in its time. */
export function isLate(
  { status, milliseconds }: ProbeAnswer,
  { requestTimeout }: Pick<ReadinessSettings, 'requestTimeout'>,
): boolean {
  return status === null && milliseconds >= requestTimeout;
}

/** `503` or `no answer: connection refused`; without the body, which may hold a secret. */
export function inWords(
  answer: ProbeAnswer,
  asked: Pick<ReadinessSettings, 'requestTimeout'> | null,
): string {
  if (asked !== null && isLate(answer, asked))
    return `no answer ${within(asked.requestTimeout, 'readiness.requestTimeout')}`;
  return answer.status === null
    ? `no answer: ${answer.error ?? 'unknown reason'}`
    : `status ${answer.status}`;
}

/** In words: what systemd says about the unit. */
export function unitInWords(unit: UnitState): string {
  if (unit.load !== 'loaded') return `${unit.unit} is ${unit.load}`;
  const result = unit.result === 'success' ? '' : `, result ${unit.result}`;
  const restarts = unit.restarts === 0 || unit.restarts === null ? '' : `, restarts: ${unit.restarts}`;
  return `${unit.unit} is ${unit.active} (${unit.sub})${result}${restarts}`;
}
