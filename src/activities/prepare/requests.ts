/** The preparing steps that are one request to the host. None of them touches what serves; each is safe to run twice. */
import { oneRequest } from '../one-request';
import type { Claimed } from '../step';
import { type RenderUnitInput, unitNote, unitRequest } from '../unit-request';

/** Removes what an abandoned deploy left on the host: partial directories, a unit override that no process uses. */
export const repairHost = oneRequest(
  'repair',
  (_: Claimed) => ({}),
  ({ repaired }) => ({ note: repaired.length === 0 ? 'nothing to repair' : repaired.join('; ') }),
);

/**
 * Has the host render the unit of a release that will run alongside the live one. The unit is neither started nor
 * enabled.
 * @throws InvalidInput for a value or an address that the host does not allow; CommandFailed with systemd's
 *   complaint
 */
export const installInstance = oneRequest(
  'install-instance',
  (input: RenderUnitInput) => unitRequest(input, 'handed'),
  (installed, { settings }) => ({ diff: installed.diff, note: unitNote(settings, installed) }),
);

/**
 * Undoes `fetchRelease`: removes a release that this deploy brought and that will not serve. A release that was
 * there before, is live or last good, stays.
 */
export const discardRelease = oneRequest(
  'discard',
  ({ release }: Claimed & { release: string }) => ({ release }),
  ({ removed }, { release }) => ({ note: `${release} ${removed ? 'removed' : 'kept'}` }),
);

/** Tells the host that this deploy has ended, so that the next deploy of any engine may claim it. */
export const closeClaim = oneRequest(
  'finish',
  ({ outcome }: Claimed & { outcome: string }) => ({ outcome }),
  (_, { outcome }) => ({ note: outcome }),
);
