import type { ServiceSettings } from '../config/deploy-input';
import { instanceText } from '../host/unit';
import type { Dependencies } from './dependencies';
import { countOf, preloadWarning, type RenderedUnit } from './render-unit';
import { type Claimed, claimOf, heartbeating, hostOf } from './step';

export interface InstallInstanceInput extends Claimed {
  release: string;
  commit: string;
  settings: ServiceSettings;
  /** Gunicorn configuration of the gate, as the host named it. */
  gate: string;
}

/**
 * Writes the unit of a release that is to run beside the live one; nothing is started and nothing
 * boots it. The host checks it first, as for {@link renderUnit}. Safe to run twice.
 * @throws InvalidInput naming the refused directive; CommandFailed with systemd's complaint
 */
export function installInstance(dependencies: Dependencies) {
  return (input: InstallInstanceInput): Promise<RenderedUnit> =>
    heartbeating(async () => {
      const { service, settings, release, commit, gate, host } = input;
      const text = instanceText(settings, { service, release, commit, gate });
      const request = { claim: claimOf(input), release, address: host.bind, text };
      const { changed, diff } = await hostOf(dependencies, input)('install-instance', request);
      return { diff, note: `${changed ? countOf(diff) : 'unchanged'}${preloadWarning(settings)}` };
    });
}
