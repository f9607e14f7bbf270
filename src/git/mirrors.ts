import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { matchesRef } from '../config/ref';
import { ADDRESS_FORMS, isRepositoryAddress } from '../config/repository';
import { fail } from '../deployment/failures';
import type { CommitFiles } from '../deployment/project/commit-files';
import { type Archive, Archives, exists } from './archives';
import { type Between, commitsBetween, fileOf } from './comparison';
import { GitError, git, isNo, withoutCredentials } from './git';
import { type Commit, checkedRef, lookUp } from './look-up';
import { type Pack, packOf, type Receiver } from './packs';
import { projectFiles } from './project-files';

/** A large first clone over a slow line ends within this limit; a hanging connection ends too. */
const FETCH_LIMIT = 10 * 60_000;

/** git's messages about a mirror that a kill or a power cut left half written. */
const LEFT_BROKEN = /\.lock'|corrupt|is empty|bad object|not a git repository/;

/**
 * Only people with the right to push change branches and tags. Not fetched: pull requests (refs/pull/…),
 * replacements (refs/replace/…), notes and all other refs of a server.
 */
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

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
   * @param mayRead throws for a repository that is not to be read
   * @param fetchLimit milliseconds after which a clone or a fetch is ended
   */
  constructor(
    private readonly directory: string,
    private readonly fetchLimit = FETCH_LIMIT,
    private readonly mayRead: (repository: string) => void = () => undefined,
  ) {
    this.archives = new Archives(directory);
  }

  /**
   * The commit that a ref means now; a full SHA that is already here needs no connection.
   * @throws InvalidInput for a missing or ambiguous ref, and for an address that is refused
   * @throws CommandFailed when the repository cannot be reached
   */
  async resolve(repository: string, ref: string): Promise<Commit> {
    const mirror = this.pathOf(repository);
    const wanted = checkedRef(ref, repository);
    if (wanted.kind === 'sha' && (await exists(mirror))) {
      // The fetch makes a broken mirror again.
      const known = await lookUp(mirror, repository, ref).catch(unlessOfGit);
      if (known !== null) return known;
    }
    await this.fetch(repository);
    const commit = await this.lookUp(mirror, repository, ref);
    if (commit === null) {
      throw fail(
        'InvalidInput',
        `${withoutCredentials(repository)} has no branch, tag or commit called ${JSON.stringify(ref.slice(0, 100))}.`,
        {
          host: null,
          advice: 'Check the ref, and that a branch or a tag which holds it was pushed to that repository.',
        },
      );
    }
    return commit;
  }

  /**
   * The name of a commit's content below `path`; equal content has equal names.
   * @throws InvalidInput when the commit has no such folder
   */
  async tree(repository: string, commit: string, path: string | null): Promise<string> {
    try {
      // With the slash a file or a submodule of that name is none.
      const spec = path === null ? `${commit}^{tree}` : `${commit}:${path}/`;
      const verify = ['--verify', '--quiet', '--end-of-options', spec];
      return (await git(['rev-parse', ...verify], { repository: this.pathOf(repository) })).trim();
    } catch (error) {
      if (!isNo(error) || path === null) throw asFailure(error, repository);
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

  /**
   * The commits that `to` has and `from` does not have. Both have to be resolved before.
   * @throws CommandFailed when the mirror cannot be read
   */
  async between(repository: string, from: string, to: string, most: number): Promise<Between> {
    try {
      return await commitsBetween(this.pathOf(repository), from, to, most);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /** Whether the mirror has this commit, as of its last fetch. @throws CommandFailed when it cannot be read */
  async has(repository: string, commit: string): Promise<boolean> {
    try {
      await git(['cat-file', '-e', `${commit}^{commit}`], { repository: this.pathOf(repository) });
      return true;
    } catch (error) {
      if (isNo(error)) return false;
      throw asFailure(error, repository);
    }
  }

  /**
   * The objects that a checkout lacks of a resolved commit. The caller removes the file.
   * @throws CommandFailed when they cannot be read
   */
  async pack(repository: string, commit: string, receiver: Receiver): Promise<Pack> {
    try {
      return await packOf(this.pathOf(repository), this.directory, commit, receiver);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /** A file of a resolved commit; null: it has none of that name, or a larger one. */
  async file(repository: string, commit: string, path: string, mostBytes: number): Promise<string | null> {
    try {
      return await fileOf(this.pathOf(repository), commit, path, mostBytes);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /**
   * The files of a resolved commit that say how it is deployed; see {@link projectFiles}.
   * @throws CommandFailed when the mirror cannot be read
   */
  async project(
    repository: string,
    commit: string,
    path: string | null,
    requirements: string[],
  ): Promise<CommitFiles> {
    try {
      return await projectFiles(this.pathOf(repository), commit, path, requirements);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /**
   * Whether one of these branches and tags holds a resolved commit.
   * @throws CommandFailed when the mirror cannot be read
   */
  async isIn(repository: string, commit: string, patterns: string[]): Promise<boolean> {
    try {
      const holders = ['--format=%(refname)', `--contains=${commit}`, 'refs/heads', 'refs/tags'];
      const found = await git(['for-each-ref', ...holders], { repository: this.pathOf(repository) });
      return found.split('\n').some((ref) => matchesRef(patterns, ref));
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  /** Removes the archives; mirrors stay for the next worker. */
  close(): Promise<void> {
    return this.archives.close();
  }

  private pathOf(repository: string): string {
    this.mayRead(repository);
    const name = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    return join(this.directory, `${name}.git`);
  }

  /**
   * One fetch per repository at a time. Callers during a fetch share the next fetch. Only that fetch certainly
   * sees a push of a moment ago. p-queue would fetch once for each caller.
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
    if (!isRepositoryAddress(repository)) throw refusedAddress(repository);
    const mirror = this.pathOf(repository);
    try {
      if (await exists(mirror)) await this.update(repository, mirror);
      else await this.make(repository, mirror, false);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }

  private async update(repository: string, mirror: string): Promise<void> {
    try {
      await this.fetchInto(mirror, repository);
    } catch (error) {
      if (!(error instanceof GitError && LEFT_BROKEN.test(error.stderr))) throw error;
      // The mirror is only a copy, and a broken one would fail in the same way every time.
      await this.make(repository, mirror, true);
    }
  }

  /**
   * Not `git clone`: of a path that would link the other repository's files, unchecked; and it writes the
   * address into a configuration.
   */
  private async make(repository: string, mirror: string, replace: boolean): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const partial = await mkdtemp(join(this.directory, '.partial-'));
    const old = `${partial}.old`;
    try {
      await git(['init', '--quiet', '--bare', '--template=', '--', partial]);
      await this.fetchInto(partial, repository);
      // Another worker may be quicker in either; its mirror is as good.
      if (replace) await rename(mirror, old).catch(unless('ENOENT'));
      await rename(partial, mirror).catch(unless('ENOTEMPTY', 'EEXIST'));
    } finally {
      await rm(partial, { recursive: true, force: true });
      await rm(old, { recursive: true, force: true });
    }
  }

  private async fetchInto(mirror: string, repository: string): Promise<void> {
    const how = ['--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--end-of-options'];
    await git(['fetch', ...how, repository, ...REFSPECS], {
      repository: mirror,
      remote: true,
      limitMs: this.fetchLimit,
    });
  }

  private async lookUp(mirror: string, repository: string, ref: string): Promise<Commit | null> {
    try {
      return await lookUp(mirror, repository, ref);
    } catch (error) {
      throw asFailure(error, repository);
    }
  }
}

function unlessOfGit(error: unknown): null {
  if (error instanceof GitError) return null;
  throw error;
}

function refusedAddress(repository: string): Error {
  const shown = JSON.stringify(withoutCredentials(repository).slice(0, 200));
  return fail('InvalidInput', `The repository ${shown} is not read: ${ADDRESS_FORMS} are allowed.`, {
    host: null,
    advice: 'Correct `repository` in landfall.yaml.',
  });
}

function asFailure(error: unknown, repository: string): unknown {
  if (!(error instanceof GitError)) return error;
  return fail(
    'CommandFailed',
    `The repository ${withoutCredentials(repository)} could not be read: ${error.message}`,
    {
      host: null,
      advice: /fsck|in packed object|unpack/i.test(error.stderr)
        ? 'The repository has objects that Git finds faulty. If they are known and harmless, name them on the controller: git config --global fetch.fsck.<message> warn'
        : 'Check the address and the access of the controller (its deploy key, known_hosts), then deploy again.',
      evidence: { output: error.stderr },
    },
  );
}

function unless(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
