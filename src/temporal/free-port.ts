import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to a process that asks for any port. Another process may take one of those
 * first; Temporal itself takes several before it listens on its own port.
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
