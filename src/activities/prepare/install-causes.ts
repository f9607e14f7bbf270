/** Why an installation failed, from the output of pip, uv, Poetry or PDM. Pure. */
import { lastLine } from '../run-job';
import { ACCESS } from './install-causes/access';
import { BUILDS } from './install-causes/builds';
import { LOCKS } from './install-causes/locks';
import type { InstallCause, InstallContext, Row } from './install-causes/row';
import { VERSIONS } from './install-causes/versions';

export type { InstallContext } from './install-causes/row';

/** The first that fits is told, so what explains another one is above it. */
const ROWS: Row[] = [
  {
    sign: /ensurepip is not\s+available|No module named '?ensurepip/,
    cause: (_, { host, python }) => ({
      message: `${host} has neither uv nor the package python3-venv, so ${python} can make no environment.`,
      advice: 'Run there as root: apt install python3-venv',
    }),
  },
  {
    sign: /No space left on device|os error 28\b|Disk quota exceeded/,
    cause: (_, { host }) => ({
      message: `no space is left on ${host}.`,
      advice: 'Free space there, or lower `keepReleases`, and deploy again.',
    }),
  },
  ...ACCESS,
  ...LOCKS,
  ...BUILDS,
  ...VERSIONS,
];

/** The first cause of which the output has a sign; null: none is known. */
export function causeOf(output: string, context: InstallContext): InstallCause | null {
  for (const { sign, cause } of ROWS) {
    const found = sign.exec(output);
    if (found !== null) return cause(found, context);
  }
  return null;
}

/** The line that says why: pip begins it with ERROR, uv with error and then cause; other lines may follow. */
export function complaint(output: string): string {
  const why = output.split('\n').filter((line) => /^\s*(error|cause):/i.test(line));
  return lastLine(why.length > 0 ? why.join('\n') : output);
}
