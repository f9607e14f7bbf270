import type { Socket } from 'node:net';

/** How often the server is asked for a sign of life. */
export const KEEPALIVE_INTERVAL_MS = 3_000;

/** With the question before the first of them, a peer that fell silent is given up within 15 s. */
const SILENT_INTERVALS = 4;

/**
 * Ends a connection on which nothing was heard for a while. ssh2 counts only answers to its own questions,
 * and these wait behind an upload. So ssh2 would take a slow line for a dead one.
 */
export function endWhenSilent(socket: Socket): void {
  let heard = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(() => {
    silent = socket.bytesRead === heard ? silent + 1 : 0;
    heard = socket.bytesRead;
    if (silent < SILENT_INTERVALS) return;
    socket.destroy(new Error(`nothing was heard for ${(SILENT_INTERVALS * KEEPALIVE_INTERVAL_MS) / 1000} s`));
  }, KEEPALIVE_INTERVAL_MS);
  socket.once('close', () => clearInterval(timer));
}
