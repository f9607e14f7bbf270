/** The versions of the environment that `landfall env` keeps, in words. Pure. */
import type { HostFacts } from '../contract/contract-types';

/** The version of a release, and the newest one. 0: nothing was set when the release was staged. */
export interface ReleaseEnvironment {
  version: number;
  newest: number;
}

/** null: nothing was ever set on that host, or the release is not known. */
export function environmentOf(
  managed: HostFacts['managed'] | undefined,
  release: string | null,
): ReleaseEnvironment | null {
  if (managed === undefined || release === null || !Object.hasOwn(managed.releases, release)) return null;
  return { version: managed.releases[release] ?? 0, newest: managed.newest };
}

/** `environment 6 (now: 7)`. */
export function environmentInWords({ version, newest }: ReleaseEnvironment): string {
  const name = version === 0 ? 'the environment from before landfall env' : `environment ${version}`;
  return version === newest ? name : `${name} (now: ${newest})`;
}

/** Whether the release runs with older settings than the newest ones. */
export function isOlder({ version, newest }: ReleaseEnvironment): boolean {
  return version < newest;
}
