import { setImmediate } from 'node:timers/promises';
import { Client } from 'undici';
import type { HostTarget } from '../config/deploy-input';
import type { Address, ProbeAnswer } from '../contract/contract-types';
import { fail } from '../deployment/failures';
import type { Connection } from '../ssh/connection';
import type { HostConnections } from '../ssh/connections';
import { ConnectionLost, ForwardingForbidden, openTunnel } from '../ssh/forward';
import { openTls } from './tls';
import { type AllowedUrls, guardedLookup, UrlRefused } from './url-guard';

interface Question {
  headers: Record<string, string>;
  /** For everything: connecting, asking, reading the answer. Milliseconds. */
  timeoutMs: number;
}

/** On a host's own address, through its SSH connection. */
interface HostQuestion extends Question {
  connections: HostConnections;
  host: HostTarget;
  address: Address;
  path: string;
  /** By TLS. The certificate is not verified: no authority signs one for a host's own address. */
  secure?: boolean;
}

/** From the controller, as users reach it. */
interface UrlQuestion extends Question {
  url: string;
  /** Hosts that may be asked although their address is the controller's own or link-local. */
  allowed: AllowedUrls;
}

const BODY_LIMIT = 2048;
/** Why a server that speaks TLS does not answer HTTP. `readiness-advice.ts` knows these words. */
export const SPEAKS_TLS = 'the address speaks TLS, not HTTP';

/** Marks where a body is cut: the host that removes secrets knows that half a secret may precede it. */
const CUT = '[landfall: cut]';

/**
 * One HTTP GET over a new connection, as a new visitor would send it. Redirects are not followed.
 * @returns status null with the reason when no answer came, also for an address that the controller refuses
 * @throws ForwardingForbidden when the host's SSH server does not forward
 * @throws as the SSH connection does when the host cannot be reached, or is lost meanwhile
 */
export async function ask(question: HostQuestion | UrlQuestion): Promise<ProbeAnswer> {
  const began = performance.now();
  const signal = AbortSignal.timeout(question.timeoutMs);
  const target = 'url' in question ? toUrl(question) : await throughSsh(question, signal);
  if (target instanceof UrlRefused) return notAsked(target.message);
  const { client, path, connection } = target;
  try {
    const headers = { connection: 'close', 'user-agent': 'landfall', ...lowerCased(question.headers) };
    const response = await client.request({ method: 'GET', path, headers, signal });
    const body = await beginning(response.body);
    return {
      status: response.statusCode,
      body,
      headers: plain(response.headers),
      error: null,
      milliseconds: Math.round(performance.now() - began),
    };
  } catch (error) {
    if (error instanceof ForwardingForbidden) throw error;
    if (connection !== null) await unlessLost(connection, error);
    const why = signal.aborted ? `no answer within ${question.timeoutMs} ms` : wordsOf(error);
    const byTls = !signal.aborted && (await speaksTls(question, connection, signal));
    return {
      status: null,
      body: '',
      headers: {},
      error: byTls ? SPEAKS_TLS : why,
      milliseconds: Math.round(performance.now() - began),
    };
  } finally {
    // Not awaited: a server that never closes must not delay the next question.
    void client.destroy().catch(() => undefined);
  }
}

/**
 * Whether the address accepts a connection: status 200 without an answer. Fails as `ask` does.
 * @throws ForwardingForbidden when the host's SSH server does not forward
 */
export async function connects(question: HostQuestion): Promise<ProbeAnswer> {
  const began = performance.now();
  const signal = AbortSignal.timeout(question.timeoutMs);
  const connection = await connectionTo(question, signal);
  const said = { body: '', headers: {} };
  try {
    const tunnel = await withinTime(openTunnel(connection, question.address), signal);
    tunnel.destroy();
    return { ...said, status: 200, error: null, milliseconds: Math.round(performance.now() - began) };
  } catch (error) {
    if (error instanceof ForwardingForbidden) throw error;
    await unlessLost(connection, error);
    const late = `no answer within ${question.timeoutMs} ms`;
    const milliseconds = Math.round(performance.now() - began);
    return { ...said, status: null, error: signal.aborted ? late : wordsOf(error), milliseconds };
  }
}

function withinTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('time is over')), { once: true });
  });
  return Promise.race([work, over]);
}

/** Whether a server that gave no answer by HTTP greets by TLS. Not asked where no connection was accepted. */
async function speaksTls(
  question: HostQuestion | UrlQuestion,
  connection: Connection | null,
  signal: AbortSignal,
): Promise<boolean> {
  if (connection === null || 'url' in question || question.secure) return false;
  try {
    const stream = await withinTime(openTls(connection, question.address, question.headers), signal);
    stream.destroy();
    return true;
  } catch {
    return false;
  }
}

interface Target {
  client: Client;
  path: string;
  /** The SSH connection that the question goes through; null: none. */
  connection: Connection | null;
}

/** A missing answer that the line has lost says nothing about the service. @throws HostUnreachable */
async function unlessLost({ end, whyEnded, login }: Connection, error: unknown): Promise<void> {
  // A connection learns of its end after its channels: a socket's close comes after a turn's immediate callbacks.
  await setImmediate();
  await setImmediate();
  if (!end.aborted && !(error instanceof ConnectionLost)) return;
  throw fail(
    'HostUnreachable',
    `The SSH connection to ${login.host} was lost during a question: ${whyEnded}.`,
    {
      host: login.host,
      advice: 'Check that the host is up and that the controller reaches its SSH port.',
    },
  );
}

function toUrl({ url, allowed }: UrlQuestion): Target | UrlRefused {
  const parsed = new URL(url);
  try {
    const lookup = guardedLookup(parsed, allowed);
    return {
      client: new Client(parsed.origin, { connect: { lookup } }),
      path: `${parsed.pathname}${parsed.search}`,
      connection: null,
    };
  } catch (error) {
    if (error instanceof UrlRefused) return error;
    throw error;
  }
}

function notAsked(error: string): ProbeAnswer {
  return { status: null, body: '', headers: {}, error, milliseconds: 0 };
}

async function throughSsh(question: HostQuestion, signal: AbortSignal): Promise<Target> {
  const { address, path } = question;
  // Before the tunnel, so that an unreachable host is not mistaken for a service that does not answer.
  const connection = await connectionTo(question, signal);
  const origin =
    'socket' in address ? 'http://localhost' : `http://${hostPart(address.host)}:${address.port}`;
  const client = new Client(origin, {
    connect: (_options, callback) => {
      const opened = question.secure
        ? openTls(connection, question.address, question.headers)
        : openTunnel(connection, address);
      opened.then(
        (tunnel) => callback(null, tunnel as never),
        (error: Error) => callback(error, null),
      );
    },
  });
  return { client, path, connection };
}

/** @throws HostUnreachable also when connecting takes longer than the question may */
function connectionTo(
  { connections, host, timeoutMs }: HostQuestion,
  signal: AbortSignal,
): Promise<Connection> {
  const tooLate = new Promise<never>((_, reject) => {
    const late = fail(
      'HostUnreachable',
      `There is no SSH connection to ${host.name} after ${timeoutMs} ms.`,
      {
        host: host.name,
        advice: 'Check that the host is up and that the controller reaches its SSH port.',
      },
    );
    signal.addEventListener('abort', () => reject(late), { once: true });
  });
  return Promise.race([connections.to(host), tooLate]);
}

function hostPart(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Names in one case, so that a configured `User-Agent` takes the place of ours. */
function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) break;
  }
  const begun = Buffer.concat(chunks).subarray(0, BODY_LIMIT).toString('utf8');
  return size > BODY_LIMIT ? `${begun.replace(/\ufffd$/, '')}${CUT}` : begun;
}

function plain(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
