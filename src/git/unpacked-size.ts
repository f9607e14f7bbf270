import { git } from './git';

/** The size of a tree on the disk of a host. */
export interface Unpacked {
  bytes: number;
  inodes: number;
}

/** The block of most file systems: a file takes whole ones, and a directory or a link at least one. */
const BLOCK = 4096;

export async function unpackedSize(mirror: string, tree: string): Promise<Unpacked> {
  const how = ['-r', '-t', '-l', '-z', '--full-tree', '--end-of-options', tree];
  return sizeOfListing(await git(['ls-tree', ...how], { repository: mirror }));
}

/** @param listed entries as `git ls-tree -l -z` writes them: mode, type, object and size, a tab, the path */
export function sizeOfListing(listed: string): Unpacked {
  const entries = listed.split('\0').filter((entry) => entry !== '');
  const sizes = entries.map((entry) => Number(/ (\d+)\t/.exec(entry)?.[1] ?? 0));
  const blocks = sizes.reduce((total, size) => total + Math.max(1, Math.ceil(size / BLOCK)), 0);
  return { bytes: blocks * BLOCK, inodes: entries.length };
}
