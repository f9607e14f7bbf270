/** Where an engine on this machine reads the commit. Pure. */
import { isRepositoryAddress } from '../../config/repository';

/**
 * This checkout itself, so that a commit needs no push and the engine no key of a Git server. A checkout of another
 * repository than that of landfall.yaml is not taken.
 * @param written `repository:` of landfall.yaml
 */
export function repositoryForRun(
  written: string,
  { root, remote }: { root: string; remote: string | null },
): string {
  const isOther = remote !== null && placeOf(remote) !== placeOf(written) && !written.startsWith('/');
  if (isOther) return written;
  const path = isRepositoryAddress(root) ? root : encodeURI(`file://${root}`);
  return isRepositoryAddress(path) ? path : written;
}

/** The same for `git@github.com:acme/shop.git` and `https://github.com/acme/shop`. */
function placeOf(address: string): string {
  return address
    .replace(/^(?:https|ssh|file):\/\//, '')
    .replace(/^[^/@]*@/, '')
    .replace(/^([^/:]+):(?:\d+\/)?/, '$1/')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .toLowerCase();
}
