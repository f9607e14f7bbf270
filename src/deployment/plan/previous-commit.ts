import type { Inspection } from '../../activities/observe/inspect-host';
import { fail } from '../failures';

/**
 * What `landfall rollback` goes back to: the good release before the live one, the same on all hosts. After
 * a torn-off deploy, hosts that it had not reached may have that one, last good, in service still.
 * @throws InvalidInput when they do not agree on one
 */
export function previousCommit(hosts: { name: string; inspection: Inspection | null }[]): string {
  const tornOff = hosts.some(({ inspection }) => inspection?.tornOff);
  const found = hosts.map(({ name, inspection }) => ({
    name,
    commits: [inspection?.previousGood?.commit, tornOff ? inspection?.lastGoodCommit : null].filter(isCommit),
  }));
  const onAll = (commit: string) => found.every(({ commits }) => commits.includes(commit));
  const commit = found[0]?.commits.find(onAll);
  if (commit !== undefined) return commit;
  const words = found.map((host) => `${host.name}: ${host.commits[0]?.slice(0, 7) ?? 'none'}`).join(', ');
  throw fail('InvalidInput', `There is no earlier good release that all hosts have (${words}).`, {
    host: null,
    advice: 'Deploy the wanted commit instead: landfall deploy --ref …',
  });
}

/** The release of that commit which stands on the host; null: none that is known to be good. */
export function goodReleaseOf(commit: string, inspection: Inspection | null): string | null {
  if (inspection?.previousGood?.commit === commit) return inspection.previousGood.release;
  return inspection?.lastGoodCommit === commit ? inspection.lastGood : null;
}

function isCommit(commit: string | null | undefined): commit is string {
  return Boolean(commit);
}
