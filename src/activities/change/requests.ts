/** The changing steps that are one request to the host. Each is safe to run twice. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Address } from '../../contract/contract-types';
import { oneRequest, untilStopped } from '../one-request';
import type { Claimed } from '../step';
import { type RenderUnitInput, unitNote, unitRequest } from '../unit-request';
import { dependentsInWords } from './dependents';

/**
 * Has the host render the unit of a release, and put it in force for this boot. Touches no process.
 * @throws InvalidInput for a value or an address that the host does not allow; CommandFailed with systemd's
 *   complaint
 */
export const renderUnit = oneRequest(
  'install-unit',
  (input: RenderUnitInput) => unitRequest(input, 'itself'),
  (installed, { settings }) => ({
    diff: installed.diff,
    note: `${settings.unit} ${unitNote(settings, installed)}`,
  }),
);

/**
 * Undoes `renderUnit`: restores an earlier unit text, the one before this deploy or the one that boots. Touches no
 * process.
 */
export const restoreUnit = oneRequest(
  'restore-unit',
  ({ to }: Claimed & { to: 'before' | 'boot' }) => ({ to }),
  ({ restored }, { to }) => {
    const which = to === 'before' ? 'from before' : 'of the last good release';
    return { note: restored ? `the unit text ${which} is restored` : 'nothing to restore' };
  },
);

export interface SwitchReleaseInput extends Claimed {
  release: string;
  /** Whether units follow that run from the live release and that Landfall did not write. */
  dependents: ServiceSettings['dependentUnits'];
}

/**
 * Makes a running release the only one that takes connections. The previous release stops accepting at once,
 * finishes its requests, and ends. A rollback uses the same step.
 * @throws CommandFailed when the release does not run any more
 */
export const switchRelease = oneRequest(
  'switch',
  ({ release, dependents }: SwitchReleaseInput) => ({ release, dependents }),
  ({ stopping, dependents }, { release }) => {
    const others = stopping.length === 0 ? [] : [`${stopping.join(', ')} finishes its requests and ends`];
    return { note: [`${release} takes over`, ...others, ...dependentsInWords(dependents)].join('; ') };
  },
);

export interface MakeRoomInput extends Claimed {
  /** The release that continues; null: none. */
  release: string | null;
  /** Also stop listening, for a unit that listens by itself or somewhere else. */
  closeSocket: boolean;
  /** Also end every process of the service's user, whatever has started it. */
  endUser: boolean;
  /** Where systemd listens from before the old unit ends; null: as before. */
  listen: Address | null;
}

/**
 * Stops what runs of the service, apart from one release, and waits until it has ended. While the socket stays
 * open, connections wait in it and are not refused.
 * @throws CommandFailed when something does not stop
 */
export const makeRoom = untilStopped(
  'make-room',
  ({ release, closeSocket, endUser, listen }: MakeRoomInput) => ({
    release,
    closeSocket,
    endUser,
    ...(listen === null ? {} : { listen }),
  }),
  ({ ended, listens }, { endUser }) => {
    // Whether connections wait then depends on who has listened.
    if (endUser) return `stopped; ${ended} other processes of its user ended`;
    return listens ? 'stopped; connections wait' : 'stopped; the address is closed';
  },
);

export interface MoveCheckoutInput extends Claimed {
  checkout: string;
  /** The release whose commit it moves to; null: back to where it was. */
  release: string | null;
  /** The rollback target, if it is a release. */
  back: string | null;
}

/**
 * With layout `in-place`: stops the service, and moves its checkout. A rollback keeps changes that were made there
 * meanwhile.
 * @throws CommandFailed when the service does not stop, or the move would lose changes
 */
export const moveCheckout = untilStopped(
  'move-checkout',
  ({ checkout, release, back }: MoveCheckoutInput) => ({ checkout, release, back }),
  ({ at, saved }, { checkout }) => {
    if (at === null) return 'the checkout was not moved';
    const moved = `stopped; ${checkout} is at ${at.slice(0, 7)}`;
    if (saved === null) return moved;
    return `${moved}; changes made there meanwhile are kept: git -C ${checkout} stash apply ${saved.slice(0, 12)}`;
  },
);

/**
 * Undoes `startRelease`: the release alongside the live one ends, and is not started again. Touches no other
 * release.
 * @throws CommandFailed when it does not stop
 */
export const removeInstance = untilStopped(
  'remove-instance',
  ({ release }: Claimed & { release: string }) => ({ release }),
  (_, { release }) => `${release} does not run`,
  ({ release }) => release,
);

/**
 * The rollback of a first deploy: nothing running, nothing listening, nothing enabled.
 * @throws CommandFailed when the process does not go
 */
export const stopService = untilStopped(
  'stop',
  (_: Claimed) => ({}),
  () => 'nothing runs, nothing is enabled',
);
