import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ran, RunOptions } from './run';
import type { HostSpec } from './spec';

/** PostgreSQL starts at the same time as sshd and takes a little longer. */
const limitSeconds = 60;

/**
 * Gives the database user `shop` a password of this host's own and returns the URL, as an
 * application's environment file has it. Waits until PostgreSQL serves.
 */
export async function setUpDatabase(
  spec: HostSpec,
  root: (command: string, options?: RunOptions) => Promise<Ran>,
): Promise<string> {
  const password = randomBytes(12).toString('hex');
  const sql = `ALTER ROLE shop PASSWORD '${password}';`;
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    const command = `cd / && setpriv --reuid postgres --regid postgres --init-groups psql -qX -p ${spec.databasePort}`;
    const ran = await root(command, { input: sql });
    if (ran.code === 0) break;
    if (Date.now() > deadline) throw new Error(`PostgreSQL on ${spec.name} does not serve: ${ran.stderr}`);
    await delay(50);
  }
  return `postgresql://shop:${password}@${spec.address}:${spec.databasePort}/shop`;
}
