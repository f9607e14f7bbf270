import type { ServiceSettings } from '../../config/deploy-input';
import type { UnitPreview } from '../../deployment/plan-report';
import { processValues } from '../../host-agent/unit';
import { withinBytes } from '../../text/safe-text';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost } from '../step';
import { unitNote } from '../unit-request';

export interface PreviewUnitInput extends OnHost {
  commit: string;
  settings: ServiceSettings;
  /** Whether the release would run alongside the live one. */
  alongside: boolean;
  /** Where the service would run; null, or absent: in its release. */
  directory?: string | null;
}

/** A report has the diffs of up to 500 hosts, and goes through the engine in one message. */
const MOST_DIFF_BYTES = 4_000;

/**
 * Compares the unit that a release would have with the unit of the live release. The names of the two releases are
 * left out, and values of settings are masked. Read-only, without a claim; safe to run twice.
 * @throws InvalidInput for a value or an address that the host does not allow; CommandFailed with systemd's
 *   complaint
 */
export function previewUnit(dependencies: Dependencies) {
  return (input: PreviewUnitInput): Promise<UnitPreview & Noted> =>
    heartbeating(async () => {
      const { host, commit, settings, alongside, directory } = input;
      const process = processValues(settings, alongside ? 'handed' : 'itself', host.bind);
      const place = directory ? { directory } : {};
      const wanted = { commit, address: host.bind, process, alongside, ...place };
      const unit = await hostOf(dependencies, input)('preview-unit', wanted);
      const diff = withinBytes(unit.diff, MOST_DIFF_BYTES);
      const { changed, added, removed, warnings } = unit;
      const isCut = diff !== unit.diff;
      return { changed, added, removed, diff, isCut, warnings, note: unitNote(settings, unit) };
    });
}
