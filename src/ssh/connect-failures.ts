/** The failures of a connection to a host: why, and what the operator can do. Pure. */
import type { ApplicationFailure } from '@temporalio/common';
import { fail } from '../deployment/failures';
import type { Login } from './config/login';
import { fingerprintOf, type Verdict } from './known-hosts';

/**
 * @param file the known_hosts file to which a key can be added
 * @param fault why no certificate counts; null: none was asked for
 * @returns null for a known key
 */
export function hostKeyRefused(
  login: Login,
  file: string,
  verdict: Verdict,
  { shown: key, fault }: { shown: Buffer; fault: string | null },
): ApplicationFailure | null {
  const shown = fingerprintOf(key);
  const add = howToAdd(login, file);
  const refuse = (message: string, advice: string) =>
    fail('HostKeyMismatch', message, { host: login.host, advice });
  switch (verdict.verdict) {
    case 'match':
      return null;
    case 'unknown':
      return refuse(
        `The host key of ${login.name} is not known: ${addressOf(login)} shows ${shown}.${certified(verdict.authority, fault)}`,
        `Compare that fingerprint with the host's own (on its console: for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done), and if it is the same, ${add}`,
      );
    case 'revoked':
      return refuse(
        `The host key of ${login.name} is revoked (${verdict.file}:${verdict.line}): ${addressOf(login)} shows ${shown}.`,
        'Find out which machine answers there before you continue.',
      );
    case 'mismatch':
      return refuse(
        `The host key of ${login.name} has changed: ${verdict.file}:${verdict.line} knows ${verdict.fingerprint}, ${addressOf(login)} shows ${shown}.`,
        `An attacker may be in between. Only if you know why the key changed: remove line ${verdict.line}, then ${add}`,
      );
  }
}

function certified(authority: { file: string; line: number } | null, fault: string | null): string {
  if (authority === null || fault === null) return '';
  return ` ${authority.file}:${authority.line} trusts a certificate authority for this host, but ${fault}.`;
}

/** ssh-keyscan knows neither a way through other machines nor another name. */
function howToAdd(login: Login, file: string): string {
  const { via, proxyCommand, alias, port, hostname } = login;
  if (via === null && proxyCommand === null && alias === null)
    return `run: ssh-keyscan -p ${port} ${hostname} >> ${file}`;
  return `log in once as the user of the worker, and answer yes: ssh -o UserKnownHostsFile=${file} ${destinationOf(login)} true`;
}

/** The words after `ssh` that log in as Landfall does, for a person to type. */
export function destinationOf({ user, address, port }: Login): string {
  return `-p ${port} ${user}@${address}`;
}

/** @param offered names of the keys, never the keys. @param accepts the methods of the server, if it named them */
export function authRejected(
  login: Login,
  {
    offered,
    agentFailed,
    accepts,
    said,
  }: { offered: string[]; agentFailed: boolean; accepts: string[]; said: string },
): ApplicationFailure {
  const keys = offered.join(', ') || 'none, because there is no usable key';
  const agent = agentFailed ? ' The SSH agent did not answer.' : '';
  const certificates = login.certificateFiles.join(', ');
  const certified =
    certificates === '' ? '' : ` Landfall cannot show a certificate of a user (${certificates}).`;
  const only =
    accepts.length > 0 && !accepts.includes('publickey')
      ? ` Its SSH server accepts ${accepts.join(', ')} only, and Landfall logs in with a key.`
      : '';
  const words = said === '' ? '' : ` The server said: ${said}`;
  return fail(
    'AuthRejected',
    `${placeOf(login)} accepts none of the controller's keys; offered: ${keys}.${agent}${certified}${only}${words}`,
    {
      host: login.host,
      advice: `Add the controller's public key to ~${login.user}/.ssh/authorized_keys there, or name the right key in LANDFALL_SSH_KEY.`,
    },
  );
}

/** Tailscale SSH with `check` waits until a person has visited an address. null: the banner says something else. */
export function visitWanted(login: Login, banner: string): ApplicationFailure | null {
  if (!/Tailscale SSH requires an additional check/i.test(banner)) return null;
  const place = /https:\/\/[\w.-]+\/[\w./?=&-]+/.exec(banner)?.[0] ?? 'the address that ssh prints';
  return fail(
    'AuthRejected',
    `${placeOf(login)} is behind Tailscale SSH, which wants a person to visit ${place}.`,
    {
      host: login.host,
      advice: `A deploy cannot do that. In the policy of your tailnet (\`ssh\`), write \`action: accept\` in place of \`check\` for the machine of the worker. A visit counts for the check period only.`,
    },
  );
}

/** @param accepts the methods that the server still wants after it has accepted a key */
export function secondFactorWanted(login: Login, accepts: string[]): ApplicationFailure {
  return fail(
    'AuthRejected',
    `${placeOf(login)} accepts the controller's key, and wants ${accepts.join(' or ')} as well.`,
    {
      host: login.host,
      advice: `A deploy cannot answer that. Let a key be enough for ${login.user}: \`Match User ${login.user}\` with \`AuthenticationMethods publickey\` in its sshd_config.`,
    },
  );
}

export function notForwarded(login: Login, jump: Login): ApplicationFailure {
  return fail(
    'AuthRejected',
    `${placeOf(jump)} does not forward to ${addressOf(login)}:${login.port}: its SSH server forbids that.`,
    {
      host: login.host,
      advice: `Allow it there for ${jump.user}: AllowTcpForwarding and PermitOpen in its sshd_config, or the options of the key.`,
    },
  );
}

/** @param said what the server, or the command in between, printed; empty: nothing */
export function unreachable(
  login: Login,
  error: Error & { code?: unknown; level?: string },
  said = '',
): ApplicationFailure {
  const words = said === '' ? '' : ` Its last words: ${said}`;
  return fail('HostUnreachable', `${placeOf(login)} cannot be reached: ${inWords(error)}.${words}`, {
    host: login.host,
    advice:
      login.proxyCommand === null
        ? 'Check that the host is up and that the controller reaches its SSH port.'
        : `Check that the host is up, and run the ProxyCommand by hand on the controller: ${login.proxyCommand}`,
  });
}

function inWords(error: Error & { code?: unknown; level?: string }): string {
  switch (error.level === 'client-timeout' ? 'ETIMEDOUT' : error.code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
      return 'the connection was reset';
    case 'ETIMEDOUT':
      return 'no answer in time';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no route to it';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    default:
      return error.message || String(error.code);
  }
}

/** The name in landfall.yaml, and where OpenSSH's configuration leads. */
function addressOf({ alias, hostname }: Login): string {
  return alias === null ? hostname : `${hostname} (HostKeyAlias ${alias})`;
}

function placeOf(login: Login): string {
  const way = login.via === null ? '' : `, through ${login.via.address}`;
  const place = login.hostname.includes(':') ? `[${login.hostname}]` : login.hostname;
  return `${login.name} (${login.user}@${place}:${login.port}${way})`;
}
