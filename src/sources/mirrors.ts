import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../failures';
import { type Archive, Archives, exists } from './archives';
import { GitError, git, withoutCredentials } from './git';

/** A large first clone over a slow line ends within this; a connection that hangs does not hold a deploy for ever. */
const FETCH_LIMIT = 10 * 60_000;

/** git's words for a mirror that a kill or a power cut left half written. */
const LEFT_BROKEN = /\.lock'|corrupt|is empty|bad object|not a git repository/;

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
  private readonly waiting = new Map<string, Promise<void>>();
  private readonly archives: Archives;

  /**
   * @param directory where mirrors and archives are kept; made when missing
   * @param fetchLimit milliseconds after which a clone or a fetch is ended
   */
  constructor(
    private readonly directory: string,
    private readonly fetchLimit = FETCH_LIMIT,
  ) {
    this.archives = new Archives(directory);
  }

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
      // With the slash a file or a submodule of that name is none.
      const spec = path === null ? `${commit}^{tree}` : `${commit}:${path}/`;
      return (await git(['-C', this.pathOf(repository), 'rev-parse', '--verify', '--quiet', spec])).trim();
    } catch (error) {
      if (!(error instanceof GitError) || path === null) throw asFailure(error, repository);
      throw fail('InvalidInput', `Commit ${commit.slice(0, 7)} has no folder ${path}.`, {
        host: null,
        advice: 'Correct `path:` in landfall.yaml.',
      });
    }
  }

  /**
   * The archive of a tree; made once and shared by all hosts of a deploy.
   * @throws CommandFailed when it cannot be made
   */
  async archive(repository: string, tree: string): Promise<Archive> {
    try {
      return await this.archives.of(this.pathOf(repository), tree);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /** Removes the archives; mirrors stay for the next worker. */
  close(): Promise<void> {
    return this.archives.close();
  }

  private pathOf(repository: string): string {
    const name = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    return join(this.directory, `${name}.git`);
  }

  /**
   * One fetch per repository at a time. Whoever asks while one is under way shares the one after
   * it: only that certainly sees what was pushed a moment ago.
   */
  private fetch(repository: string): Promise<void> {
    const waiting = this.waiting.get(repository);
    if (waiting !== undefined) return waiting;
    const running = this.fetching.get(repository);
    if (running === undefined) return this.begin(repository);
    const next = running
      .catch(() => undefined)
      .then(() => {
        this.waiting.delete(repository);
        return this.begin(repository);
      });
    this.waiting.set(repository, next);
    return next;
  }

  private begin(repository: string): Promise<void> {
    const fetching = this.fetchOnce(repository).finally(() => this.fetching.delete(repository));
    this.fetching.set(repository, fetching);
    return fetching;
  }

  private async fetchOnce(repository: string): Promise<void> {
    const mirror = this.pathOf(repository);
    try {
      if (await exists(mirror)) await this.update(repository, mirror);
      else await this.clone(repository, mirror, false);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  private async update(repository: string, mirror: string): Promise<void> {
    const args = ['-C', mirror, 'fetch', '--quiet', '--prune', 'origin', '+refs/*:refs/*'];
    try {
      await git(args, { limitMs: this.fetchLimit });
    } catch (error) {
      if (!(error instanceof GitError && LEFT_BROKEN.test(error.stderr))) throw error;
      // It is only a copy, and it would fail in the same way every time.
      await this.clone(repository, mirror, true);
    }
  }

  private async clone(repository: string, mirror: string, replace: boolean): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const partial = await mkdtemp(join(this.directory, '.partial-'));
    const old = `${partial}.old`;
    try {
      const args = ['clone', '--quiet', '--mirror', '--', repository, partial];
      await git(args, { limitMs: this.fetchLimit });
      // Another worker may be quicker in either; its mirror is as good.
      if (replace) await rename(mirror, old).catch(unless('ENOENT'));
      await rename(partial, mirror).catch(unless('ENOTEMPTY', 'EEXIST'));
    } finally {
      await rm(partial, { recursive: true, force: true });
      await rm(old, { recursive: true, force: true });
    }
  }

  /** A commit that no branch holds any more (a force push) can still be asked for by its full SHA. */
  private async fetchUnreachable(repository: string, ref: string): Promise<Commit | null> {
    if (!isFullSha(ref)) return null;
    const mirror = this.pathOf(repository);
    try {
      await git(['-C', mirror, 'fetch', '--quiet', 'origin', ref], { limitMs: this.fetchLimit });
      return await lookUp(mirror, ref);
    } catch (error) {
      if (error instanceof GitError) return null;
      throw error;
    }
  }
}

export function isFullSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

async function lookUp(mirror: string, ref: string): Promise<Commit | null> {
  // "Not this commit" is none.
  if (ref.startsWith('^')) return null;
  try {
    // Not `git log` at once: that would also take a range such as a..b, which may hold no commit.
    const verify = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    const sha = (await git(['-C', mirror, ...verify])).trim();
    const subject = await git(['-C', mirror, 'log', '-1', '--no-show-signature', '--format=%s', sha]);
    return { sha, subject: subject.trim() };
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

function unless(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
