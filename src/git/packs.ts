import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { git } from './git';

/** The objects of a commit in one file, for a checkout that lacks them. */
export interface Pack {
  file: string;
  bytes: number;
  sha256: string;
  remove(): Promise<void>;
}

export interface Receiver {
  /** A commit that the receiver has, with all that led to it; null: none that is known here. */
  has: string | null;
  /** The receiver has some commits without those before them. */
  shallow: boolean;
}

/**
 * A shallow receiver may lack any older file, so that each new commit comes with all of its files.
 * @param mirror path of the repository that has the commit
 */
export async function packOf(
  mirror: string,
  folder: string,
  commit: string,
  { has, shallow }: Receiver,
): Promise<Pack> {
  await mkdir(folder, { recursive: true });
  // Swept with the half clones if this worker is killed.
  const place = await mkdtemp(join(folder, '.partial-'));
  const remove = () => rm(place, { recursive: true, force: true });
  try {
    const range = `${commit}\n${has === null ? '' : `^${has}\n`}`;
    const input = shallow ? await everyObject(mirror, commit, range) : range;
    const walks = shallow ? [] : ['--revs'];
    await git(['pack-objects', '--quiet', ...walks, join(place, 'objects')], { repository: mirror, input });
    const name = (await readdir(place)).find((each) => each.endsWith('.pack'));
    if (name === undefined) throw new Error('git pack-objects has written no pack');
    const file = join(place, name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    return { file, bytes: (await stat(file)).size, sha256: hash.digest('hex'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function everyObject(mirror: string, commit: string, range: string): Promise<string> {
  const commits = await git(['rev-list', '--stdin'], { repository: mirror, input: range });
  const input = `${commit}\n${commits}`;
  return await git(['rev-list', '--objects', '--no-walk', '--stdin'], { repository: mirror, input });
}
