import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to whoever wants any. One of those may be somebody else's before it is
 * used, and first of all Temporal's own: it takes several of them before it listens where it was told.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * A free port of the loopback address.
 * @param wanted this one and no other; default: any
 * @throws the system's EADDRINUSE when the wanted port is taken
 */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined) return await listenOnce(wanted);
  for (;;) {
    try {
      return await listenOnce(randomInt(LOWEST, HIGHEST));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(port)));
  });
}
