/** Where the host of the demo runs. Pure. */
export type Place = { runs: 'nspawn' | 'docker' } | { runs: null; missing: string[] };

const NO_DOCKER =
  'Docker: install it and start its daemon, and let this user use it (`docker version` answers).';

/**
 * @param missing one sentence for each thing that a host of systemd-nspawn needs and that is missing
 * @param wantsDocker whether the user asked for Docker: nothing else is taken then
 */
export function placeOf(facts: { wantsDocker: boolean; hasDocker: boolean; missing: string[] }): Place {
  const { wantsDocker, hasDocker, missing } = facts;
  if (!wantsDocker && missing.length === 0) return { runs: 'nspawn' };
  if (hasDocker) return { runs: 'docker' };
  return { runs: null, missing: wantsDocker ? [NO_DOCKER] : [...missing, `Or ${NO_DOCKER}`] };
}
