import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { git } from './git';
import { type Unpacked, unpackedSize } from './unpacked-size';

/** Archives of a killed worker are removed after this time; an archive that is wanted again is made again. */
const KEPT_MS = 24 * 60 * 60_000;

/**
 * Attributes of the mirror override any `.gitattributes`. So a release has all files of its commit, byte for
 * byte.
 */
const AS_IT_IS = '* -export-ignore -export-subst -text -ident !eol !working-tree-encoding !filter\n';

/** A commit's files, ready to be sent to hosts. */
export interface Archive {
  /** A gzipped tar on the controller's disk, kept for a day or while the worker runs. */
  file: string;
  bytes: number;
  sha256: string;
  unpacked: Unpacked;
}

/** The archives that a worker made: each once, also when several hosts ask at the same time. */
export class Archives {
  private readonly made = new Map<string, Promise<Archive>>();

  /** @param directory where they lie */
  constructor(private readonly directory: string) {}

  /** @param mirror path of the repository that has the tree */
  async of(mirror: string, tree: string): Promise<Archive> {
    const made = this.made.get(tree);
    if (made !== undefined && (await exists((await made).file))) return made;
    const making = this.make(mirror, tree);
    this.made.set(tree, making);
    making.catch(() => this.made.delete(tree));
    return making;
  }

  /** Removes what this worker made. */
  async close(): Promise<void> {
    const archives = await Promise.allSettled(this.made.values());
    for (const made of archives) {
      if (made.status === 'fulfilled') await rm(made.value.file, { force: true });
    }
    this.made.clear();
  }

  private async make(mirror: string, tree: string): Promise<Archive> {
    await this.sweep();
    const file = join(this.directory, `${tree}-${randomUUID()}.tar.gz`);
    try {
      await mkdir(join(mirror, 'info'), { recursive: true });
      await writeFile(join(mirror, 'info', 'attributes'), AS_IT_IS);
      const how = ['--format=tar.gz', '-1', '-o', file, '--end-of-options', tree];
      await git(['archive', ...how], { repository: mirror });
      const unpacked = await unpackedSize(mirror, tree);
      return { file, ...(await digestOf(file)), unpacked };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  /** Removes the archives and half clones of long ago, most of them of workers that were killed. */
  private async sweep(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!name.startsWith('.partial-') && !name.endsWith('.tar.gz')) continue;
      const path = join(this.directory, name);
      // Another worker may just have removed it.
      const made = await stat(path).catch(() => null);
      if (made !== null && Date.now() - made.mtimeMs > KEPT_MS)
        await rm(path, { recursive: true, force: true });
    }
  }
}

async function digestOf(file: string): Promise<Pick<Archive, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
