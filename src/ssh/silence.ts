import type { Duplex } from 'node:stream';

/** How often the server is asked for a sign of life. */
export const KEEPALIVE_INTERVAL_MS = 3_000;

/** With the question before the first of them, a peer that fell silent is given up within 15 s. */
const SILENT_INTERVALS = 4;

/**
 * Ends a connection on which nothing was heard for a while. ssh2 counts only answers to its own questions,
 * and these wait behind an upload. So ssh2 would take a slow line for a dead one.
 * @param stream carries the connection, and is read by ssh2 already
 */
export function endWhenSilent(stream: Duplex): void {
  let heard = false;
  let silent = 0;
  stream.on('data', () => {
    heard = true;
  });
  const timer = setInterval(() => {
    silent = heard ? 0 : silent + 1;
    heard = false;
    if (silent < SILENT_INTERVALS) return;
    stream.destroy(new Error(`nothing was heard for ${(SILENT_INTERVALS * KEEPALIVE_INTERVAL_MS) / 1000} s`));
  }, KEEPALIVE_INTERVAL_MS);
  stream.once('close', () => clearInterval(timer));
}
