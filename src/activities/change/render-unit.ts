import type { ServiceSettings } from '../../config/deploy-input';
import type { InstalledUnit } from '../../host-agent/contract-types';
import { processValues } from '../../host-agent/unit';
import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface RenderUnitInput extends Claimed {
  release: string;
  commit: string;
  settings: ServiceSettings;
}

export interface RenderedUnit extends Noted {
  /** The changed lines of the unit, values of settings masked. */
  diff: string;
}

/**
 * Has the host render the unit of a release, and put it in force for this boot; no process is
 * touched. Safe to run twice.
 * @throws InvalidInput for a value or an address that the host does not allow; CommandFailed with
 *   systemd's complaint
 */
export function renderUnit(dependencies: Dependencies) {
  return (input: RenderUnitInput): Promise<RenderedUnit> =>
    heartbeating(async () => {
      const { settings, release, commit, host } = input;
      const process = processValues(settings);
      const request = { claim: claimOf(input), release, commit, address: host.bind, process };
      const installed = await hostOf(dependencies, input)('install-unit', request);
      return { diff: installed.diff, note: `${settings.unit} ${unitNote(settings, installed)}` };
    });
}

/** How much changes, and what people should know. */
export function unitNote({ gunicorn }: ServiceSettings, { changed, diff, warnings }: InstalledUnit): string {
  const preload = gunicorn.preload
    ? ['preload is on: one import error stops every worker, and a reload does not take new code']
    : [];
  return [changed ? countOf(diff) : 'unchanged', ...preload, ...warnings].join('; ');
}

function countOf(diff: string): string {
  const lines = diff.split('\n');
  const added = lines.filter((line) => line.startsWith('+') && !line.startsWith('+++')).length;
  const removed = lines.filter((line) => line.startsWith('-') && !line.startsWith('---')).length;
  return `+${added} −${removed}`;
}
