import { createReadStream } from 'node:fs';
import { fail } from '../../deployment/failures';
import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface SendCommitInput extends Claimed {
  release: string;
  commit: string;
  repository: string;
  /** The checkout on the host, and the service's folder in it. */
  checkout: string;
  directory: string;
}

/** A few hundred megabytes over a slow line; silence is found by the connection's keepalive. */
const LONGEST_MS = 15 * 60_000;

/**
 * Brings the commit into the checkout's object store. Files and branches of the checkout stay as they are. A commit
 * that is there already needs no repository. Safe to run twice.
 * @throws InvalidInput when the checkout has commits of its own, or files that the commit would overwrite
 */
export function sendCommit(dependencies: Dependencies) {
  return (input: SendCommitInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const { release, commit, repository, checkout, directory, host } = input;
      const { mirrors } = dependencies;
      const call = hostOf(dependencies, input);
      const request = { claim: claimOf(input), release, checkout, directory };
      let answer = await call('send-commit', { ...request, bytes: 0, sha256: '' }, { timeoutMs: LONGEST_MS });
      const { head, ours, shallow } = answer;
      let note = `${commit.slice(0, 7)} is in ${checkout} already`;
      if (!answer.present || !ours) {
        const isKnown = await mirrors.has(repository, head);
        if (!isKnown && !ours) throw ownCommits(input, head);
        if (!answer.present) {
          const pack = await mirrors.pack(repository, commit, { has: isKnown ? head : null, shallow });
          try {
            answer = await call(
              'send-commit',
              { ...request, bytes: pack.bytes, sha256: pack.sha256 },
              {
                payload: () => createReadStream(pack.file),
                onProgress: (sent) => report(`${sent} of ${pack.bytes} bytes`),
                timeoutMs: LONGEST_MS,
              },
            );
          } finally {
            await pack.remove();
          }
          note = `${commit.slice(0, 7)} sent to ${checkout}, ${Math.ceil(pack.bytes / 1_000)} kB`;
        }
      }
      if (!answer.present)
        throw fail('CommandFailed', `${checkout} on ${host.name} lacks objects of ${commit.slice(0, 7)}.`, {
          host: host.name,
          advice: `Look there: git -C ${checkout} fsck. Then deploy again.`,
        });
      const { inTheWay, linked } = answer;
      if (inTheWay.length > 0)
        throw fail(
          'InvalidInput',
          `${commit.slice(0, 7)} has files that ${checkout} on ${host.name} has too, and that Git does not track there: ${inTheWay.join(', ')}.`,
          {
            host: host.name,
            advice: 'Move them away or remove them there, or take them out of the commit. Then deploy again.',
          },
        );
      const links = linked === 0 ? [] : [`${linked} untracked paths of it are linked into ${release}`];
      return { note: [note, ...links].join('; ') };
    });
}

function ownCommits({ host, checkout, repository }: SendCommitInput, head: string): Error {
  const at = head.slice(0, 12);
  return fail(
    'InvalidInput',
    `${checkout} on ${host.name} is at ${at}, a commit that ${repository} does not have.`,
    {
      host: host.name,
      advice: `Push that commit to a branch, or move the checkout to a pushed one: git -C ${checkout} reset --keep COMMIT. Check \`repository\` too.`,
    },
  );
}
