import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Build } from '../../config/build';
import type { Packaging } from '../../config/resolved';
import { fail } from '../../deployment/failures';
import { checkCommit } from '../allowed';
import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';
import { makeSpace } from './make-space';

export interface FetchReleaseInput extends Claimed {
  commit: string;
  repository: string;
  path: string | null;
  /** Whether the whole commit is the release, and the service runs in its folder `path`. */
  whole: boolean;
  shared: string[];
  wheels: string | null;
  /** The interpreter of its virtual environment. */
  python: string;
  packaging: Packaging;
  /** Whether it will run alongside the live release: then it gets its own directory, even for the same commit. */
  alongside: boolean;
  /** Where releases lie on the host. */
  base: string;
  /** More than 2 GiB and 100,000 inodes were free a moment ago. */
  plenty: boolean;
  /** The commands that build in it; null: none. */
  build: Build | null;
  /** The service's plain settings, which a build has too. */
  env: Record<string, string>;
  /** Its paths that proxies may read. */
  public: string[];
}

export interface FetchedRelease extends Noted {
  release: string;
  /** Nothing is left to build in it. */
  built: boolean;
  /** Its version of the managed environment; absent: nothing was ever set. */
  environment?: number;
}

/**
 * Brings the commit's files to the host as a release directory: complete or absent, never half.
 * The host needs no git and no access to the repository. A release with the same content that is
 * already there is used again. Safe to run twice.
 * @throws InvalidInput when the commit has no such `path:`; CommandFailed when the disk is full
 */
export function fetchRelease(dependencies: Dependencies) {
  return (input: FetchReleaseInput): Promise<FetchedRelease> =>
    heartbeating(async (report) => {
      const { mirrors } = dependencies;
      const call = hostOf(dependencies, input);
      await checkCommit(dependencies, input);
      const claim = claimOf(input);
      const tree = await mirrors.tree(input.repository, input.commit, input.whole ? null : input.path);
      const folder = input.whole ? input.path : null;
      const request = {
        claim,
        commit: input.commit,
        content: contentName(tree, folder, input),
        shared: input.shared,
        folder,
        alongside: input.alongside,
        builds: input.build !== null,
      };

      const archive = await mirrors.archive(input.repository, tree);
      if (archive.bytes > ASK_FIRST_BYTES) {
        const { release, built, environment } = await call('stage', { ...request, bytes: 0, sha256: '' });
        if (release !== null) {
          const note = `${release} is already there${withVersion(environment)}`;
          return { ...inVersion(environment), release, built, note };
        }
      }
      const { unpacked } = archive;
      const need = { bytes: unpacked.bytes, inodes: unpacked.inodes, environment: false };
      const place = { host: input.host.name, base: input.base, claim };
      const isSmall = need.bytes < SMALL_BYTES && need.inodes < SMALL_INODES;
      const madeSpace = input.plenty && isSmall ? '' : await makeSpace(call, place, need, report);
      const staged = await call(
        'stage',
        { ...request, bytes: archive.bytes, sha256: archive.sha256 },
        {
          payload: () => createReadStream(archive.file),
          onProgress: (sent) => report(`${megabytes(sent)} of ${megabytes(archive.bytes)}`),
          // A few hundred megabytes over a slow line; silence is found by the connection's keepalive.
          timeoutMs: 15 * 60_000,
        },
      );
      if (staged.release === null) {
        throw fail('OutcomeUnknown', `${input.host.name} took the files but named no release.`, {
          host: input.host.name,
          advice: 'Wait: Landfall retries the step.',
        });
      }
      const { environment } = staged;
      const what = staged.reused ? ' is already there' : `, ${megabytes(archive.bytes)}`;
      return {
        ...inVersion(environment),
        release: staged.release,
        built: staged.built,
        note: [`${staged.release}${what}${withVersion(environment)}${madeSpace}`, ...staged.notes].join('; '),
      };
    });
}

function inVersion(environment: number | undefined): Pick<FetchedRelease, 'environment'> {
  return environment === undefined ? {} : { environment };
}

function withVersion(environment: number | undefined): string {
  return environment === undefined ? '' : `, with environment ${environment}`;
}

/** Half of the space that counts as plenty: other deploys of the host may take some meanwhile. */
const SMALL_BYTES = 1 << 30;
const SMALL_INODES = 50_000;

/** Sending this much takes no longer than asking whether it is needed. */
const ASK_FIRST_BYTES = 1_000_000;

/** Equal for the same commit with the same folder, links, environment and build: a release is never changed afterwards. */
function contentName(tree: string, folder: string | null, input: FetchReleaseInput): string {
  const hash = createHash('sha256');
  const { commit, shared, wheels, python, packaging, build, env, public: open } = input;
  const made = build === null ? null : [build.commands, { ...env, ...build.env }];
  hash.update(JSON.stringify([commit, tree, folder, shared, wheels, python, packaging, made, open]));
  return hash.digest('hex').slice(0, 32);
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
