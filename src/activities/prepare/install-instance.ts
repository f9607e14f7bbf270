import { processValues } from '../../host-agent/unit';
import { type RenderedUnit, type RenderUnitInput, unitNote } from '../change/render-unit';
import type { Dependencies } from '../dependencies';
import { claimOf, heartbeating, hostOf } from '../step';

/**
 * Has the host render the unit of a release that will run alongside the live one. The unit is neither started nor
 * enabled. Safe to run twice.
 * @throws InvalidInput for a value or an address that the host does not allow; CommandFailed with
 *   systemd's complaint
 */
export function installInstance(dependencies: Dependencies) {
  return (input: RenderUnitInput): Promise<RenderedUnit> =>
    heartbeating(async () => {
      const { settings, release, commit, host } = input;
      const process = processValues(settings);
      const request = { claim: claimOf(input), release, commit, address: host.bind, process };
      const installed = await hostOf(dependencies, input)('install-instance', request);
      return { diff: installed.diff, note: unitNote(settings, installed) };
    });
}
