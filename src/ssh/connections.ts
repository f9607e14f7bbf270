import type { HostTarget } from '../config/deploy-input';
import { Connection, type ConnectOptions } from './connection';
import { loadKeys } from './keys';

/** Connecting again takes a tenth of a second: nothing is gained by keeping one for longer. */
const IDLE_MS = 5 * 60_000;

/** A question through a retired connection may still be under way: none may last longer (`requestTimeout`). */
const RETIRED_IDLE_MS = 60_000;

/** One SSH connection per host, kept and shared by all activities of the worker. */
export class HostConnections {
  private readonly options: ConnectOptions;
  private readonly idleMs: number;
  private readonly connections = new Map<string, Promise<Connection>>();
  /** Retired ones too, on which something may still be under way. */
  private readonly open = new Set<Connection>();

  /**
   * @param options.keyFiles private keys; empty: the user's usual ones and the agent
   * @param options.knownHosts path of the known_hosts file
   * @param options.idleMs milliseconds after which an unused connection is closed
   * @throws InvalidInput for a key that cannot be used
   */
  constructor(options: { keyFiles: string[]; knownHosts: string; idleMs?: number }) {
    this.options = {
      keys: loadKeys(options.keyFiles, process.env.SSH_AUTH_SOCK),
      knownHosts: options.knownHosts,
    };
    this.idleMs = options.idleMs ?? IDLE_MS;
  }

  /** The host's connection, made when there is none. @throws as {@link Connection.open} */
  async to(host: HostTarget): Promise<Connection> {
    const name = `${host.user}@${host.address}:${host.port}`;
    const kept = this.connections.get(name) ?? this.connect(name, host);
    return (await kept).use();
  }

  close(): void {
    for (const connection of this.open) connection.close();
    for (const connection of this.connections.values()) {
      connection.then(
        (open) => open.close(),
        () => undefined,
      );
    }
    this.connections.clear();
  }

  private connect(name: string, host: HostTarget): Promise<Connection> {
    const connecting = Connection.open(host, this.options);
    const forget = () => {
      if (this.connections.get(name) === connecting) this.connections.delete(name);
    };
    this.connections.set(name, connecting);
    connecting.then((connection) => this.keep(connection, forget), forget);
    return connecting;
  }

  private keep(connection: Connection, forget: () => void): void {
    this.open.add(connection);
    let timer = setInterval(() => closeWhenIdle(this.idleMs), this.idleMs / 5).unref();
    const closeWhenIdle = (idleMs: number) => {
      if (connection.idleMs < idleMs) return;
      forget();
      connection.close();
    };
    const onRetired = () => {
      forget();
      clearInterval(timer);
      const idleMs = Math.min(this.idleMs, RETIRED_IDLE_MS);
      timer = setInterval(() => closeWhenIdle(idleMs), idleMs / 5).unref();
    };
    const onEnd = () => {
      connection.retired.removeEventListener('abort', onRetired);
      clearInterval(timer);
      this.open.delete(connection);
      forget();
    };
    if (connection.end.aborted) onEnd();
    else connection.end.addEventListener('abort', onEnd, { once: true });
    connection.retired.addEventListener('abort', onRetired, { once: true });
  }
}
