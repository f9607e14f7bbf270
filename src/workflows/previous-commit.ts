import type { Inspection } from '../activities/inspect-host';
import { fail } from '../failures';

/**
 * What `landfall rollback` goes back to: the good release before the live one, the same on all hosts.
 * @throws InvalidInput when they do not agree on one
 */
export function previousCommit(hosts: { name: string; inspection: Inspection | null }[]): string {
  const found = hosts.map(({ name, inspection }) => ({
    name,
    commit: inspection?.previousGood?.commit ?? null,
  }));
  const [commit, another] = new Set(found.map((host) => host.commit));
  if (commit && another === undefined) return commit;
  const words = found.map((host) => `${host.name}: ${host.commit?.slice(0, 7) ?? 'none'}`).join(', ');
  throw fail('InvalidInput', `There is no earlier good release that all hosts have (${words}).`, {
    host: null,
    advice: 'Deploy the wanted commit instead: landfall deploy --ref …',
  });
}
