/** The target of `landfall rollback`. Pure. */
import { fail } from '../failures';
import type { Inspection } from '../inspection';
import type { Release } from '../model';

/**
 * The commit of the good release before the live one, the same on all hosts. After an abandoned deploy, hosts
 * that it had not reached may have that commit, as last good, in service still.
 * @throws InvalidInput when the hosts have no such commit in common
 */
export function previousCommit(hosts: { name: string; seen: Inspection | null }[]): string {
  const abandoned = hosts.some(({ seen }) => seen?.abandoned);
  const found = hosts.map(({ name, seen }) => ({
    name,
    commits: [seen?.previousGood?.commit, abandoned ? seen?.lastGoodCommit : null].filter(isCommit),
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
export function goodReleaseOf(commit: string, seen: Inspection): Release | null {
  const { previousGood, lastGood, lastGoodCommit } = seen;
  if (previousGood?.commit === commit) return previousGood;
  return lastGood !== null && lastGoodCommit === commit ? { id: lastGood, commit } : null;
}

function isCommit(commit: string | null | undefined): commit is string {
  return Boolean(commit);
}
