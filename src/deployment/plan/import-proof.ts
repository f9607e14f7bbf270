/** Which start of a release also proves that its app can be imported, so that no pre-import is needed. Pure. */
import type { DeployInput, ServiceSettings } from '../../config/deploy-input';
import { serverOf } from '../server';
import { migrates } from './migration';

type Migrating = Pick<DeployInput, 'source' | 'settings'>;

/**
 * Whether the release starts on this host before it starts on any other, and before anything else is changed. All
 * other hosts have proven the import by then. Two hosts that start at once would not wait for each other. The gate of
 * the first could let the release serve while the second still imports.
 */
export function startsFirst(input: Migrating & Pick<DeployInput, 'hosts' | 'batch'>, host: string): boolean {
  const { hosts, batch } = input;
  const isAlone = Math.min(batch, hosts.length) === 1;
  return isAlone && hosts[0]?.name === host && !migrates(input);
}

/**
 * Whether the gate of that start proves the import. It has to run while the live release is untouched. A declared
 * memory limit holds for a pre-import only, so that a release with one is imported first. With preload, Gunicorn's
 * master imports before the gate is there: only a pre-import ends a hang soon, and says where it is. The project's own
 * settings may ask for preload too.
 */
export function startProvesImport(
  { startsFirst, settings }: { startsFirst: boolean; settings: ServiceSettings },
  touchesLive: boolean,
): boolean {
  const { gated, preload, from } = serverOf(settings);
  const preloads = preload === true || from.preload !== undefined;
  return startsFirst && !touchesLive && gated && !preloads && settings.preImport?.memory === null;
}
