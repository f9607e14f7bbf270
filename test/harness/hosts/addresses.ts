/** Gives each host a loopback address of its own: hosts share this machine's network. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sweep } from './cleanup';
import { withLock } from './lock';
import { stateDirectory } from './paths';
import { type HostSpec, hostFiles } from './spec';

/** Loopback addresses 127.0.1.<first> to <last>; .1 is the machine's own name on Debian. */
const first = 10;
const last = 250;

/**
 * Claims an address and makes its state directory. The directory is the claim: it is there as
 * long as the host is. Also removes what dead hosts left.
 */
export async function claimAddress(
  spec: Omit<HostSpec, 'address' | 'port' | 'databasePort'>,
): Promise<{ state: string; spec: HostSpec }> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o755 });
  return withLock(join(stateDirectory, 'lock'), async () => {
    sweep();
    for (let n = first; n <= last; n++) {
      const address = `127.0.1.${n}`;
      const state = join(stateDirectory, address);
      if (existsSync(state)) continue;
      // A machine whose own sshd or PostgreSQL listens on every address has taken the usual ports here too.
      const port = await firstFree(address, [22, 2222]);
      const databasePort = await firstFree(address, [5432, 54320]);
      if (port === null || databasePort === null) continue;
      const whole = { ...spec, name: spec.name || `host-${n}`, address, port, databasePort };
      mkdirSync(state, { mode: 0o755 });
      writeFileSync(hostFiles(state).spec, JSON.stringify(whole, null, 2));
      return { state, spec: whole };
    }
    throw new Error(
      `All test host addresses are taken, 127.0.1.${first} to .${last}. See npm run host list.`,
    );
  });
}

async function firstFree(address: string, ports: number[]): Promise<number | null> {
  for (const port of ports) {
    if (await isFree(address, port)) return port;
  }
  return null;
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: address, port }, () => server.close(() => resolve(true)));
  });
}
