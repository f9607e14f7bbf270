import type { HostTarget } from '../config/deploy-input';
import { certifiedKey } from './certificates/certified-key';
import { type Login, type LoginOptions, loginOf } from './config/login';
import { agentSocket } from './config/places';
import { Connection, type Transport } from './connection';
import { askHostKey, type ShownHostKey } from './host-key';
import { keysFor, loadKeys } from './keys';
import { readKnownHosts } from './read-known-hosts';
import { openTransport } from './transport';

/** Connecting again takes a tenth of a second: nothing is gained by keeping one for longer. */
const IDLE_MS = 5 * 60_000;

/** A question through a retired connection may still be under way: none may last longer (`requestTimeout`). */
const RETIRED_IDLE_MS = 60_000;

/** One SSH connection per host, kept and shared by all activities of the worker. */
export class HostConnections {
  private readonly options: LoginOptions;
  private readonly keyFiles: string[];
  private readonly idleMs: number;
  private readonly mayReach: (host: HostTarget) => void;
  private readonly connections = new Map<string, Promise<Connection>>();
  /** Retired ones too, on which something may still be under way. */
  private readonly open = new Set<Connection>();

  /**
   * @param options.keyFiles private keys; empty: those of OpenSSH's configuration, else the user's usual ones, and the agent
   * @param options.knownHosts path of the known_hosts file; null: those of OpenSSH's configuration
   * @param options.configFile OpenSSH's configuration; null: the user's and the system's; `none`: none
   * @param options.mayReach throws for a host that is not to be reached
   * @param options.idleMs milliseconds after which an unused connection is closed
   * @throws InvalidInput for a key that cannot be used
   */
  constructor(options: {
    keyFiles: string[];
    knownHosts: string | null;
    configFile?: string | null;
    idleMs?: number;
    mayReach?: (host: HostTarget) => void;
  }) {
    const agent = agentSocket(process);
    // A wrong key stops the worker at its start, and not the first deploy.
    if (options.keyFiles.length > 0) loadKeys(options.keyFiles, agent ?? undefined);
    this.keyFiles = options.keyFiles;
    this.options = {
      knownHosts: options.knownHosts,
      configFile: options.configFile ?? process.env.LANDFALL_SSH_CONFIG ?? null,
      agent,
    };
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.mayReach = options.mayReach ?? (() => undefined);
  }

  /** The host's connection, made when there is none. @throws as {@link loginOf} and {@link Connection.open} */
  async to(host: HostTarget): Promise<Connection> {
    this.mayReach(host);
    const name = `${host.user ?? ''}@${host.address}:${host.port ?? ''}`;
    const connect = async () => this.login(await loginOf(host, this.options));
    return this.shared(name, connect);
  }

  /** The user that a host is logged in to as. @throws as {@link loginOf} */
  async userOf(host: HostTarget): Promise<string> {
    return host.user ?? (await loginOf(host, this.options)).user;
  }

  /** The key that the host shows, whether it is known or not. @throws as {@link to}, for the machines in between too */
  async hostKeyOf(host: HostTarget): Promise<ShownHostKey> {
    this.mayReach(host);
    const login = await loginOf(host, this.options);
    return askHostKey(login, await this.transportTo(login), readKnownHosts(login));
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

  /** One connection to a jump host carries those of all hosts behind it: its sshd admits few logins at once. */
  private async login(login: Login): Promise<Connection> {
    const knownHosts = readKnownHosts(login);
    const keys = keysFor(login, this.keyFiles);
    const certified = await certifiedKey(login, knownHosts, () => this.transportTo(login));
    return Connection.open(login, await this.transportTo(login), { keys, knownHosts, certified });
  }

  private transportTo(login: Login): Promise<Transport> {
    return openTransport(login, (via) => this.shared(wayTo(via), () => this.login(via)));
  }

  private async shared(name: string, connect: () => Promise<Connection>): Promise<Connection> {
    const kept = this.connections.get(name) ?? this.connect(name, connect);
    return (await kept).use();
  }

  private connect(name: string, connect: () => Promise<Connection>): Promise<Connection> {
    const connecting = connect();
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

function wayTo({ user, hostname, port, via }: Login): string {
  const place = `jump ${user}@${hostname}:${port}`;
  return via === null ? place : `${place} through ${wayTo(via)}`;
}
