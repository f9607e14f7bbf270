import type { Path } from './config-error';
import { isSecretHeader, isSecretName, isSecretValue } from './secrets';
import type { Finding } from './shape-problems';

/**
 * Secrets anywhere in the file. What is in it reaches the engine's history, the unit file and
 * everybody who can read the repository; environment files reach only the service.
 */
export function secretFindings(value: unknown, path: Path = []): Finding[] {
  if (typeof value === 'string') {
    return isSecretValue(value) ? [{ path, message: adviceFor(path, 'this looks like a secret') }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const parent = path.at(-1);
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (parent === 'env' && isSecretName(key)) {
      return [{ path: here, message: adviceFor(here, 'a setting of this name would be a secret') }];
    }
    if (parent === 'headers' && isSecretHeader(key)) {
      return [{ path: here, message: adviceFor(here, 'this header would carry a login') }];
    }
    return secretFindings(child, here);
  });
}

function adviceFor(path: Path, what: string): string {
  const refused = `${what}, and secrets are refused in landfall.yaml`;
  if (path.includes('env')) {
    return `${refused}; put it into a file on the host that only root can read and name that file in envFiles`;
  }
  if (path.includes('repository')) {
    return `${refused}; use an address without a password and give the controller a deploy key`;
  }
  if (path.includes('readiness')) return `${refused}; readiness must answer without a login`;
  return `${refused}; let the program read it from its environment, out of a file named in envFiles`;
}
