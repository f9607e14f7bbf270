import { randomBytes } from 'node:crypto';
import { poll } from '../../../src/timing/poll';
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
  const command = `cd / && setpriv --reuid postgres --regid postgres --init-groups psql -qX -p ${spec.databasePort}`;
  let printed = '';
  const set = async () => {
    const { code, stderr } = await root(command, { input: sql });
    printed = stderr;
    return code === 0 || null;
  };
  if ((await poll(set, { pause: 50, limit: limitSeconds * 1000 })) === null)
    throw new Error(`PostgreSQL on ${spec.name} does not serve: ${printed}`);
  return `postgresql://shop:${password}@${spec.address}:${spec.databasePort}/shop`;
}
