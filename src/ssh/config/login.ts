import { homedir } from 'node:os';
import { join } from 'node:path';
import { USUAL_PORT, USUAL_USER } from '../../config/address';
import type { HostTarget } from '../../config/deploy-input';
import { fail } from '../../deployment/failures';
import { askSsh, type Destination } from './ask-ssh';
import type { EffectiveSettings } from './effective';
import { type Jump, parseJumps } from './jumps';
import { expandCommand, expandPath, inHome } from './tokens';

/** A host that does not even answer is not waited for longer. */
const TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 30_000;

/** More jump hosts than this lead in a circle. */
const MOST_JUMPS = 8;

/** How one machine is logged in to. */
export interface Login {
  /** Name of the host in landfall.yaml; for a jump host, the host that is reached through it. */
  host: string;
  /** For messages: `web1`, or `jump host bastion of web1`. */
  name: string;
  /** As landfall.yaml or a `ProxyJump` names it. */
  address: string;
  user: string;
  hostname: string;
  port: number;
  /** Name under which known_hosts has the key (`HostKeyAlias`); null: hostname and port. */
  alias: string | null;
  /** Files of trusted host keys, those of the user first. */
  knownHosts: string[];
  /** Private keys of OpenSSH's configuration; null: `ssh` was not asked, so the usual ones count. */
  keyFiles: string[] | null;
  /** Only keys of these files, also from the agent (`IdentitiesOnly`). */
  identitiesOnly: boolean;
  /** Socket of the SSH agent; null: there is none. */
  agent: string | null;
  certificateFiles: string[];
  /** The machine through which this one is reached; null: directly. */
  via: Login | null;
  /** A command whose input and output are the connection; null: there is none. */
  proxyCommand: string | null;
  timeoutMs: number;
  family: 4 | 6 | null;
}

/** Settings of the controller, which count before OpenSSH's. */
export interface LoginOptions {
  /** Path of the known_hosts file; null: those of OpenSSH. */
  knownHosts: string | null;
  /** As for {@link askSsh}. */
  configFile: string | null;
  agent: string | null;
}

/**
 * How a host is logged in to: landfall.yaml first, then OpenSSH's configuration of the controller, then Landfall's
 * defaults. A configured user root is not taken: the deploying user owns the code.
 * @throws InvalidInput for a configuration that cannot be followed
 */
export async function loginOf(target: HostTarget, options: LoginOptions): Promise<Login> {
  const { name, address, user, port } = target;
  const destination = { host: name, address, user, port };
  const settings = await askSsh(destination, options.configFile);
  const configured = settings?.userIsSet === true && settings.user !== 'root' ? settings.user : USUAL_USER;
  return completed(destination, { name, user: user ?? configured, settings }, options, null, MOST_JUMPS);
}

async function jumpLogin(
  host: string,
  { host: address, user, port }: Jump,
  options: LoginOptions,
  before: Jump[] | null,
  left: number,
): Promise<Login> {
  const destination = { host, address, user, port };
  if (left === 0) {
    throw fail('InvalidInput', `ProxyJump of OpenSSH's configuration leads in a circle for ${host}.`, {
      host,
      advice: `Write \`ProxyJump none\` for ${address} in ~/.ssh/config on the controller.`,
    });
  }
  const settings = await askSsh(destination, options.configFile);
  const name = `jump host ${address} of ${host}`;
  const own = { name, user: user ?? settings?.user ?? USUAL_USER, settings };
  return completed(destination, own, options, before, left);
}

/** @param jumps the jump hosts, where the way to another host names them; null: as configured */
async function completed(
  destination: Destination,
  { name, user, settings }: { name: string; user: string; settings: EffectiveSettings | null },
  options: LoginOptions,
  jumps: Jump[] | null,
  left: number,
): Promise<Login> {
  const { host, address } = destination;
  const port = destination.port ?? settings?.port ?? USUAL_PORT;
  const hostname = settings?.hostname || address;
  const values = { written: address, hostname, port, user };
  const path = (written: string) => inHome(expandPath(written, values));
  const way = jumps ?? jumpsOf(destination, settings);
  const last = way.at(-1);
  const before = way.length > 1 ? way.slice(0, -1) : null;
  const command = last === undefined ? (settings?.proxyCommand ?? null) : null;
  return {
    host,
    name,
    address,
    user,
    hostname,
    port,
    alias: settings?.hostKeyAlias ?? null,
    knownHosts:
      options.knownHosts !== null
        ? [options.knownHosts]
        : (settings?.knownHostsFiles.map(path) ?? [join(homedir(), '.ssh', 'known_hosts')]),
    keyFiles: settings?.identityFiles.map(path) ?? null,
    identitiesOnly: settings?.identitiesOnly ?? false,
    agent: agentOf(settings?.identityAgent ?? null, options.agent, path),
    certificateFiles: settings?.certificateFiles.map(path) ?? [],
    via: last === undefined ? null : await jumpLogin(host, last, options, before, left - 1),
    proxyCommand: command === null ? null : expandCommand(command, values),
    timeoutMs: Math.min((settings?.connectTimeoutSeconds ?? 0) * 1000 || TIMEOUT_MS, LONGEST_TIMEOUT_MS),
    family: settings?.family ?? null,
  };
}

function jumpsOf({ host, address }: Destination, settings: EffectiveSettings | null): Jump[] {
  if (settings === null || settings.proxyJump === null) return [];
  const jumps = parseJumps(settings.proxyJump);
  if (jumps !== null) return jumps;
  throw fail('InvalidInput', `ProxyJump for ${address} is not a list of hosts: ${settings.proxyJump}`, {
    host,
    advice: 'Write ProxyJump as [user@]host[:port] in ~/.ssh/config on the controller.',
  });
}

/** `IdentityAgent`, as ssh_config(5) says it. */
function agentOf(
  configured: string | null,
  usual: string | null,
  path: (written: string) => string,
): string | null {
  if (configured === null || configured === 'SSH_AUTH_SOCK') return usual;
  if (configured === 'none') return null;
  if (configured.startsWith('$') && !configured.includes('/')) {
    return process.env[configured.replace(/^\$\{?|\}$/g, '')] ?? null;
  }
  return path(configured);
}
