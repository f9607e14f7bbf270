import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../deployment/failures';
import { printedBy } from '../printed';
import { type EffectiveSettings, parseEffective } from './effective';
import { systemConfig } from './places';

/** A destination as landfall.yaml or a `ProxyJump` names it. null: OpenSSH's configuration decides. */
export interface Destination {
  /** Name of the host in landfall.yaml, for errors. */
  host: string;
  address: string;
  user: string | null;
  port: number | null;
}

/** A `Match exec` may run a program, and a name may have to be looked up. */
const TIMEOUT_MS = 10_000;

/** A user that no configuration names. */
const NOT_SET = 'landfall-not-set';

/**
 * The settings of OpenSSH's configuration for a destination, asked of `ssh` itself: only `ssh` knows its whole
 * grammar. Reads the files at each call, so that a correction needs no restart.
 * @param file the configuration to read (`ssh -F`); null: the user's and the system's; `none`: none
 * @returns the settings, and whether a user is configured; null where `ssh` is not installed or cannot be used
 * @throws InvalidInput for a configuration that `ssh` refuses
 */
export async function askSsh(
  destination: Destination,
  file: string | null,
): Promise<(EffectiveSettings & { userIsSet: boolean }) | null> {
  if (file === 'none') return null;
  const text = await printedSettings(destination, file);
  if (text === null) return null;
  const settings = parseEffective(text);
  return { ...settings, userIsSet: await isUserSet(destination, settings, file) };
}

/** `ssh -G` prints the local user where no user is configured. A last `User` then shows that nothing came before. */
async function isUserSet(
  destination: Destination,
  { user }: EffectiveSettings,
  file: string | null,
): Promise<boolean> {
  if (destination.user !== null || user !== userInfo().username) return true;
  const folder = await mkdtemp(join(tmpdir(), 'landfall-ssh-'));
  try {
    const read = file === null ? [join(homedirOf(), '.ssh', 'config'), systemConfig(process)] : [file];
    const lines = [...read.map((path) => `Include "${path}"`), 'Match all', `User ${NOT_SET}`];
    const asking = join(folder, 'config');
    await writeFile(asking, `${lines.join('\n')}\n`);
    const text = await printedSettings(destination, asking);
    return text === null || parseEffective(text).user !== NOT_SET;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function homedirOf(): string {
  return userInfo().homedir || homedir();
}

function printedSettings(
  { host, address, user, port }: Destination,
  file: string | null,
): Promise<string | null> {
  const words = [
    '-G',
    ...(file === null ? [] : ['-F', file]),
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    address,
  ];
  return new Promise((resolve, reject) => {
    const asked = execFile('ssh', words, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      // In a container, the worker's user may be a number without a name.
      if (error.code === 'ENOENT' || /^No user exists for uid/m.test(stderr)) return resolve(null);
      const why = printedBy({ stdout: '', stderr }) || (error.killed ? 'no answer in time' : error.message);
      reject(
        fail('InvalidInput', `OpenSSH's configuration for ${address} cannot be read: ${why}`, {
          host,
          advice: `Correct the configuration on the controller; \`ssh -G ${address}\` shows the same error. LANDFALL_SSH_CONFIG=none makes the worker read none.`,
        }),
      );
    });
    asked.stdin?.end();
  });
}
