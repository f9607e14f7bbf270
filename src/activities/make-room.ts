import type { Dependencies } from './dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';
import { untilStopped } from './until-stopped';

export interface MakeRoomInput extends Claimed {
  /** Who goes on; null: nobody. */
  release: string | null;
  /** Also stop listening, for a unit that listens by itself or somewhere else. */
  closeSocket: boolean;
}

/**
 * Stops what runs of the service, apart from one release, and waits until it has ended. While
 * the socket stays open, connections wait in it and are not refused. Safe to run twice.
 * @throws CommandFailed when something does not stop
 */
export function makeRoom(dependencies: Dependencies) {
  return (input: MakeRoomInput): Promise<Noted> =>
    heartbeating(async () => {
      const { release, closeSocket } = input;
      const call = hostOf(dependencies, input);
      const request = { claim: claimOf(input), release, closeSocket };
      await untilStopped(call, input, null, () => call('make-room', request));
      return { note: closeSocket ? 'stopped; nobody listens' : 'stopped; connections wait' };
    });
}
