import { createServer } from 'node:net';

/**
 * A port of the loopback address that nobody has now.
 * @param wanted this one and no other; default: any
 * @throws the system's EADDRINUSE when somebody has the wanted one
 */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: wanted }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
