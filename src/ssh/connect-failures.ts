/** The failures of a connection to a host: why, and what the operator can do. Pure. */
import type { ApplicationFailure } from '@temporalio/common';
import type { HostTarget } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { fingerprintOf, type Verdict } from './known-hosts';

/** @returns null for a known key. @param file path of the known_hosts file that was read */
export function hostKeyRefused(
  host: HostTarget,
  file: string,
  verdict: Verdict,
  key: Buffer,
): ApplicationFailure | null {
  const shown = fingerprintOf(key);
  const scan = `ssh-keyscan -p ${host.port} ${host.address} >> ${file}`;
  const refuse = (message: string, advice: string) =>
    fail('HostKeyMismatch', message, { host: host.name, advice });
  switch (verdict.verdict) {
    case 'match':
      return null;
    case 'unknown':
      return refuse(
        `The host key of ${host.name} is not known: ${host.address} shows ${shown}.`,
        `Compare that fingerprint with the host's own (on its console: for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done), and if it is the same, run: ${scan}`,
      );
    case 'revoked':
      return refuse(
        `The host key of ${host.name} is revoked (${file}:${verdict.line}): ${host.address} shows ${shown}.`,
        'Find out which machine answers there before you continue.',
      );
    case 'mismatch':
      return refuse(
        `The host key of ${host.name} has changed: ${file}:${verdict.line} knows ${verdict.fingerprint}, ${host.address} shows ${shown}.`,
        `An attacker may be in between. Only if you know why the key changed: remove line ${verdict.line}, then run: ${scan}`,
      );
  }
}

/** @param offered names of the keys, never the keys */
export function authRejected(host: HostTarget, offered: string[], agentFailed: boolean): ApplicationFailure {
  const keys = offered.join(', ') || 'none, because there is no usable key';
  const agent = agentFailed ? ' The SSH agent did not answer.' : '';
  return fail(
    'AuthRejected',
    `${placeOf(host)} accepts none of the controller's keys; offered: ${keys}.${agent}`,
    {
      host: host.name,
      advice: `Add the controller's public key to ~${host.user}/.ssh/authorized_keys there, or name the right key in LANDFALL_SSH_KEY.`,
    },
  );
}

export function unreachable(
  host: HostTarget,
  error: Error & { code?: unknown; level?: string },
): ApplicationFailure {
  return fail('HostUnreachable', `${placeOf(host)} cannot be reached: ${inWords(error)}.`, {
    host: host.name,
    advice: 'Check that the host is up and that the controller reaches its SSH port.',
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

function placeOf(host: HostTarget): string {
  return `${host.name} (${host.user}@${host.address}:${host.port})`;
}
