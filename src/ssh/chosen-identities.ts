import type { IdentityCallback, ParsedKey } from 'ssh2';
import { WatchedAgent } from './watched-agent';

/** The keys of an SSH agent that the configuration names (`IdentitiesOnly`). An agent with many keys else uses up all tries. */
export class ChosenIdentities extends WatchedAgent {
  constructor(
    socket: string,
    private readonly chosen: ParsedKey[],
  ) {
    super(socket);
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) =>
      done(
        error,
        keys?.filter((key) => 'getPublicSSH' in key && this.isChosen(key)),
      ),
    );
  }

  private isChosen(key: ParsedKey): boolean {
    const wire = key.getPublicSSH();
    return this.chosen.some((chosen) => chosen.getPublicSSH().equals(wire));
  }
}
