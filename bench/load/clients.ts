import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Answered, type Kind, now } from './request';

export interface Target {
  host: string;
  port: number;
  /** Asked by requests that should be quick, and by those that take a second. */
  paths: { quick: string; slow: string };
}

/** A user's patience, counted from when the request was due. */
const LIMIT_MS = 10_000;
/** Connections kept for reuse; more than are needed at a moment's peak are closed after use. */
const KEPT_FREE = 20;
/** Well below Gunicorn's two seconds: who keeps a connection longer than the server meets resets every day. */
const FREE_FOR_MS = 1000;

/** The users: they send one request each, and never send one again. */
export class Clients {
  private readonly agents: Record<Kind, Agent> = {
    fresh: new Agent({ keepAlive: false }),
    // The one that has rested longest first: so each of them is used, and none grows old.
    kept: new Agent({
      keepAlive: true,
      maxFreeSockets: KEPT_FREE,
      timeout: FREE_FOR_MS,
      scheduling: 'fifo',
    }),
    slow: new Agent({ keepAlive: false }),
  };

  constructor(private readonly target: Target) {}

  /** Sends one now. Never rejects: what goes wrong is how it ended. */
  send(kind: Kind, due: number): Promise<Answered> {
    const sent = now();
    const { host, port, paths } = this.target;
    const path = kind === 'slow' ? paths.slow : paths.quick;
    const request = httpRequest({ host, port, path, agent: this.agents[kind] });
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(false, 'timeout'), due + LIMIT_MS - sent);
      const end = (ok: boolean, outcome: string, version: string | null = null) => {
        clearTimeout(timer);
        resolve({ kind, due, sent, ended: now(), ok, outcome, version });
        // A timeout leaves it under way; one that has ended does not mind.
        if (outcome === 'timeout') request.destroy();
      };
      outcomeOf(request, end);
      request.end();
    });
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }
}

/** Tells how a request ended, at least once; the first time counts. */
function outcomeOf(
  request: ClientRequest,
  end: (ok: boolean, outcome: string, version?: string | null) => void,
): void {
  const failed = (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message);
  request.on('error', failed);
  request.on('response', (response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    response.on('error', failed);
    response.on('end', () => end(status >= 200 && status < 300, String(status), versionIn(body)));
  });
}

/** The version that the bench's app says in every answer; null: another program answered. */
function versionIn(body: string): string | null {
  return /"version":"([^"]+)"/.exec(body)?.[1] ?? null;
}
