/**
 * The door in front of the Temporal UI. The UI itself answers to every name. A web page whose name was
 * pointed at this machine (DNS rebinding) could start deploys through the UI.
 */
import { randomInt } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface UiAddress {
  host: string;
  port: number;
}

export interface UiDoor {
  url: string;
  close(): Promise<void>;
}

/** Headers that are about one connection, not about the request (RFC 9110, 7.6.1). */
const OF_THE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/**
 * Opens the door on loopback. Allowed requests go to the UI; all others are refused with 403.
 * @throws the system's error when the port cannot be opened
 */
export async function openUiDoor(port: number, ui: UiAddress): Promise<UiDoor> {
  const server = createServer((asked, answer) => {
    const refusal = refusalOf(asked.method ?? '', asked.headers);
    if (refusal !== null) {
      answer.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
      return;
    }
    const headers = { ...withoutConnection(asked.headers), host: `${ui.host}:${ui.port}` };
    const passed = request({ ...ui, method: asked.method, path: asked.url, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, withoutConnection(given.headers));
      // The browser may leave early.
      pipeline(given, answer).catch(() => undefined);
    });
    passed.on('error', (error) => gone(asked, answer, error));
    pipeline(asked, passed).catch(() => undefined);
  });
  await listening(server, { host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function gone(asked: IncomingMessage, answer: ServerResponse, error: Error): void {
  asked.resume();
  if (answer.headersSent) answer.destroy();
  else
    answer.writeHead(502, { 'content-type': 'text/plain' }).end(`The UI does not answer: ${error.message}\n`);
}

/**
 * Why a request is refused; null: it is allowed. The browser's headers say which page asks, and a foreign page
 * may only link here. Pure.
 */
export function refusalOf(method: string, headers: IncomingHttpHeaders): string | null {
  const { host = '', origin } = headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)) {
    return `The Temporal UI answers only to 127.0.0.1 and localhost, not to ${JSON.stringify(host.slice(0, 100))}.`;
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return 'The Temporal UI takes no requests from pages of another origin.';
  }
  const site = headers['sec-fetch-site'];
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink) {
    return 'The Temporal UI takes no requests from pages of another site.';
  }
  return null;
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const left = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  return Object.fromEntries(left);
}

/**
 * The address where the UI itself listens, behind the door. On a system with several loopback addresses
 * (Linux has 16 million), this is one that a web page cannot guess. Else this is a free port.
 */
export async function hiddenUiAddress(): Promise<UiAddress> {
  const host = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
  return portOn(host).catch(() => portOn('127.0.0.1'));
}

async function portOn(host: string): Promise<UiAddress> {
  const server = createSocketServer();
  await listening(server, { host, port: 0 });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { host, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

function listening(server: Server | SocketServer, at: UiAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => resolve());
  });
}
