/** The release that `landfall restart` starts again. Pure. */
import { fail } from '../failures';
import type { Inspection } from '../inspection';

/**
 * The commit that is live and good, the same on all hosts.
 * @throws InvalidInput when a host runs no such release, or the hosts run different commits
 */
export function liveCommit(hosts: { name: string; seen: Inspection | null }[]): string {
  const found = hosts.map(({ name, seen }) => ({ name, commit: commitOf(name, seen) }));
  const [first] = found;
  if (first !== undefined && found.every(({ commit }) => commit === first.commit)) return first.commit;
  const words = found.map(({ name, commit }) => `${name}: ${commit.slice(0, 7)}`).join(', ');
  throw fail('InvalidInput', `The hosts do not run the same commit (${words}), so none is restarted.`, {
    host: null,
    advice:
      'Deploy one commit to all of them: landfall deploy --ref …. A deploy applies the newest environment.',
  });
}

function commitOf(host: string, seen: Inspection | null): string {
  if (seen?.running && seen.liveCommit !== null && isGood(seen)) return seen.liveCommit;
  const live = seen?.running ? (seen.live ?? 'a unit that Landfall did not write') : 'nothing';
  const isUnproven = seen?.running && seen.live !== null;
  const why = isUnproven ? 'which never passed a deploy' : 'so there is no release to restart';
  throw fail('InvalidInput', `${host} runs ${live}, ${why}.`, {
    host,
    advice: isUnproven
      ? 'Deploy a commit, or restore the last good release: landfall doctor --repair.'
      : 'Deploy a commit. A deploy applies the newest environment.',
  });
}

function isGood({ live, lastGood, abandoned }: Inspection): boolean {
  return live === lastGood && !abandoned;
}
