import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fail } from '../failures';
import { GitError, git, withoutCredentials } from './git';

/** A large first clone over a slow line ends within this; a connection that hangs does not hold a deploy for ever. */
const FETCH_LIMIT = 10 * 60_000;

/** A commit's files, ready to be sent to hosts. */
export interface Archive {
  /** A gzipped tar on the controller's disk, kept while the worker runs. */
  file: string;
  bytes: number;
  sha256: string;
}

/** A commit that the repository really has. */
export interface Commit {
  /** The full SHA. */
  sha: string;
  /** Its first line, for people. */
  subject: string;
}

/**
 * The controller's bare copies of the repositories it deploys. Hosts get archives made here, so
 * that they need neither git nor a key to the repository. Safe for several activities at once.
 */
export class Mirrors {
  private readonly fetching = new Map<string, Promise<void>>();
  private readonly archives = new Map<string, Promise<Archive>>();

  /** @param directory where mirrors and archives are kept; made when missing */
  constructor(private readonly directory: string) {}

  /**
   * The commit that a ref means now; a full SHA that is already here needs no connection.
   * @throws InvalidInput for a ref that the repository does not have; CommandFailed when it cannot be reached
   */
  async resolve(repository: string, ref: string): Promise<Commit> {
    const mirror = this.pathOf(repository);
    if (isFullSha(ref) && (await exists(mirror))) {
      const known = await lookUp(mirror, ref);
      if (known !== null) return known;
    }
    await this.fetch(repository);
    const commit = (await lookUp(mirror, ref)) ?? (await this.fetchUnreachable(repository, ref));
    if (commit === null) {
      throw fail('InvalidInput', `${withoutCredentials(repository)} has no commit called ${ref}.`, {
        host: null,
        advice: 'Check the ref, and that it was pushed to that repository.',
      });
    }
    return commit;
  }

  /**
   * What a commit holds below `path`, named so that equal content has equal names.
   * @throws InvalidInput when the commit has no such folder
   */
  async tree(repository: string, commit: string, path: string | null): Promise<string> {
    try {
      const spec = path === null ? `${commit}^{tree}` : `${commit}:${path}`;
      return (await git(['-C', this.pathOf(repository), 'rev-parse', '--verify', '--quiet', spec])).trim();
    } catch (error) {
      if (!(error instanceof GitError) || path === null) throw asFailure(error, repository);
      throw fail('InvalidInput', `Commit ${commit.slice(0, 7)} has no folder ${path}.`, {
        host: null,
        advice: 'Correct `path:` in landfall.yaml.',
      });
    }
  }

  /** The archive of a tree; made once and shared by all hosts of a deploy. */
  archive(repository: string, tree: string): Promise<Archive> {
    const made = this.archives.get(tree);
    if (made !== undefined) return made;
    const making = this.makeArchive(repository, tree);
    this.archives.set(tree, making);
    making.catch(() => this.archives.delete(tree));
    return making;
  }

  /** Forgets the archives; mirrors stay for the next worker. */
  async close(): Promise<void> {
    const archives = await Promise.allSettled(this.archives.values());
    for (const made of archives) {
      if (made.status === 'fulfilled') await rm(made.value.file, { force: true });
    }
    this.archives.clear();
  }

  private pathOf(repository: string): string {
    const name = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    return join(this.directory, `${name}.git`);
  }

  /** One fetch per repository at a time; whoever asks meanwhile waits for the same one. */
  private fetch(repository: string): Promise<void> {
    const running = this.fetching.get(repository);
    if (running !== undefined) return running;
    const fetching = this.fetchOnce(repository).finally(() => this.fetching.delete(repository));
    this.fetching.set(repository, fetching);
    return fetching;
  }

  private async fetchOnce(repository: string): Promise<void> {
    const mirror = this.pathOf(repository);
    try {
      if (await exists(mirror)) {
        await git(['-C', mirror, 'fetch', '--quiet', '--prune', 'origin', '+refs/*:refs/*'], {
          signal: AbortSignal.timeout(FETCH_LIMIT),
        });
        return;
      }
      await mkdir(this.directory, { recursive: true });
      const partial = await mkdtemp(join(this.directory, '.partial-'));
      try {
        await git(['clone', '--quiet', '--mirror', '--', repository, partial], {
          signal: AbortSignal.timeout(FETCH_LIMIT),
        });
        // Loses against another worker that was quicker; its mirror is as good.
        await rename(partial, mirror).catch((error) => {
          if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
        });
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /** A commit that no branch holds any more (a force push) can still be asked for by its full SHA. */
  private async fetchUnreachable(repository: string, ref: string): Promise<Commit | null> {
    if (!isFullSha(ref)) return null;
    const mirror = this.pathOf(repository);
    try {
      await git(['-C', mirror, 'fetch', '--quiet', 'origin', ref], {
        signal: AbortSignal.timeout(FETCH_LIMIT),
      });
      return await lookUp(mirror, ref);
    } catch (error) {
      if (error instanceof GitError) return null;
      throw error;
    }
  }

  private async makeArchive(repository: string, tree: string): Promise<Archive> {
    const file = join(this.directory, `${tree}-${process.pid}.tar.gz`);
    try {
      await git(['-C', this.pathOf(repository), 'archive', '--format=tar.gz', '-1', '-o', file, tree]);
    } catch (error) {
      throw asFailure(error, repository);
    }
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    return { file, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
  }
}

export function isFullSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

async function lookUp(mirror: string, ref: string): Promise<Commit | null> {
  if (ref.startsWith('-')) return null;
  try {
    const format = ['log', '-1', '--format=%H%n%s', '--end-of-options', `${ref}^{commit}`];
    const [sha = '', subject = ''] = (await git(['-C', mirror, ...format])).split('\n');
    return { sha, subject };
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

function asFailure(error: unknown, repository: string): unknown {
  if (!(error instanceof GitError)) return error;
  return fail(
    'CommandFailed',
    `The repository ${withoutCredentials(repository)} could not be read: ${error.message}`,
    {
      host: null,
      advice:
        'Check the address and the access of the controller (its deploy key, known_hosts), then deploy again.',
      evidence: { output: error.stderr },
    },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
