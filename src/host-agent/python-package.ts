/** Python on a host that has none: setup itself runs in Python, so a shell looks and installs. */
import { fail } from '../deployment/failures';
import type { Connection } from '../ssh/connection';
import { execute } from '../ssh/execute';
import { printedBy } from '../ssh/printed';

/** Prints the package manager of a host without Python; nothing where Python is there, or no manager. */
const LOOK =
  'test -x /usr/bin/python3 || for each in apt-get dnf; do command -v $each >/dev/null 2>&1 && echo manager:$each && break; done; true';

/** The commands that install Python, by package manager. The lists of packages may be years old, or missing. */
const INSTALLS: Record<string, string> = {
  'apt-get':
    'apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3 python3-venv </dev/null',
  dnf: 'dnf install -q -y python3 </dev/null',
};

const LOOK_MS = 20_000;
const INSTALL_MS = 600_000;

/** The command that gives the host a Python; null: it has one, or no known package manager. Changes nothing. */
export async function pythonInstall(connection: Connection): Promise<string | null> {
  const { stdout } = await execute(connection, ['/bin/sh', '-c', LOOK], {
    signal: AbortSignal.timeout(LOOK_MS),
  });
  const manager = /^manager:(\S+)$/m.exec(stdout)?.[1] ?? '';
  return Object.hasOwn(INSTALLS, manager) ? (INSTALLS[manager] ?? null) : null;
}

/** @param asRoot words in front of a command of root's @throws SetupNeeded when Python is not there afterwards */
export async function installPython(
  connection: Connection,
  command: string,
  asRoot: string[],
): Promise<void> {
  const script = `{ ${command}; } && test -x /usr/bin/python3`;
  const ran = await execute(connection, [...asRoot, '/bin/sh', '-c', script], {
    signal: AbortSignal.timeout(INSTALL_MS),
  });
  if (ran.code === 0) return;
  const { host } = connection.login;
  throw fail('SetupNeeded', `Python could not be installed on ${host}: ${printedBy(ran)}`, {
    host,
    advice: `Install Python there as root: ${command.split(' </dev')[0]}. Then run landfall setup again.`,
  });
}
