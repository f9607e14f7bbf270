import type { HostTarget } from '../config/deploy-input';
import { type ConnectOptions, Connection } from './connection';
import { loadKeys } from './keys';

/** One SSH connection per host, kept and shared by all activities of the worker. */
export class HostConnections {
  private readonly options: ConnectOptions;
  private readonly connections = new Map<string, Promise<Connection>>();

  /**
   * @param options.keyFiles private keys; empty: the user's usual ones and the agent
   * @param options.knownHosts path of the known_hosts file
   * @throws InvalidInput for a key that cannot be used
   */
  constructor(options: { keyFiles: string[]; knownHosts: string }) {
    this.options = {
      keys: loadKeys(options.keyFiles, process.env.SSH_AUTH_SOCK),
      knownHosts: options.knownHosts,
    };
  }

  /** The host's connection, made when there is none. @throws as {@link Connection.open} */
  to(host: HostTarget): Promise<Connection> {
    const name = `${host.user}@${host.address}:${host.port}`;
    const kept = this.connections.get(name);
    if (kept !== undefined) return kept;
    const connecting = Connection.open(host, this.options);
    const forget = () => {
      if (this.connections.get(name) === connecting) this.connections.delete(name);
    };
    this.connections.set(name, connecting);
    connecting.then((connection) => connection.onEnd(forget), forget);
    return connecting;
  }

  close(): void {
    for (const connection of this.connections.values()) {
      connection.then(
        (open) => open.close(),
        () => undefined,
      );
    }
    this.connections.clear();
  }
}
