import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';
import { untilStopped } from './until-stopped';

export interface MakeRoomInput extends Claimed {
  /** The release that continues; null: none. */
  release: string | null;
  /** Also stop listening, for a unit that listens by itself or somewhere else. */
  closeSocket: boolean;
  /** Also end every process of the service's user, whatever has started it. */
  endUser?: boolean;
}

/**
 * Stops what runs of the service, apart from one release, and waits until it has ended. While
 * the socket stays open, connections wait in it and are not refused. Safe to run twice.
 * @throws CommandFailed when something does not stop
 */
export function makeRoom(dependencies: Dependencies) {
  return (input: MakeRoomInput): Promise<Noted> =>
    heartbeating(async () => {
      const { release, closeSocket, endUser } = input;
      const call = hostOf(dependencies, input);
      const request = { claim: claimOf(input), release, closeSocket, ...(endUser && { endUser }) };
      let ended = 0;
      await untilStopped(call, input, null, async () => {
        const answer = await call('make-room', request);
        ended = answer.ended;
        return answer;
      });
      // Whether connections wait then depends on who has listened.
      if (endUser) return { note: `stopped; ${ended} other processes of its user ended` };
      return { note: closeSocket ? 'stopped; the address is closed' : 'stopped; connections wait' };
    });
}
