/** Whether a run is what the policy of the controller allows. Pure. */
import { isIPv6 } from 'node:net';
import type { HostTarget } from '../../config/deploy-input';
import type { Pinned, Policy, ServicePolicy } from './policy';

export interface Wanted {
  service: string;
  environment: string;
  hosts: HostTarget[];
  /** Absent: the run reads no repository. */
  repository?: string;
  path?: string | null;
}

/** Why a run is not allowed, in one sentence that names the key; null: it is. */
export function runRefusal(policy: Policy, wanted: Wanted): string | null {
  if (policy.services === null) return null;
  const service = policy.services.get(wanted.service);
  if (service === undefined) return `The policy of the controller has no services.${wanted.service}.`;
  return pinRefusal(service, wanted);
}

export function pinRefusal(policy: ServicePolicy, wanted: Wanted): string | null {
  const at = `services.${wanted.service}`;
  const pinned = policy.environments.get(wanted.environment);
  if (pinned === undefined)
    return `The policy of the controller has no ${at}.environments.${wanted.environment}.`;
  const other = wanted.hosts.find((host) => !pinned.some((one) => isSame(one, host)));
  if (other !== undefined)
    return `${other.name} (${loginOf(other)}) is not in ${at}.environments.${wanted.environment}.hosts of the controller's policy.`;
  if (wanted.repository === undefined) return null;
  if (wanted.repository !== policy.repository)
    return `The repository in landfall.yaml is not ${at}.repository of the controller's policy.`;
  if ((wanted.path ?? null) !== policy.path)
    return `path: in landfall.yaml is not ${at}.path of the controller's policy (${policy.path ?? 'none'}).`;
  return null;
}

/** Whether any service may be deployed there. */
export function mayReach({ services }: Policy, host: HostTarget): boolean {
  if (services === null) return true;
  return [...services.values()].some(({ environments }) =>
    [...environments.values()].some((pinned) => pinned.some((one) => isSame(one, host))),
  );
}

/** Whether any service is deployed from there. */
export function mayRead({ services }: Policy, repository: string): boolean {
  return services === null || [...services.values()].some((one) => one.repository === repository);
}

/** The branches and tags from which a service may be deployed; null: all. Empty: not from this repository. */
export function refsOf({ services }: Policy, service: string, repository: string): string[] | null {
  if (services === null) return null;
  const own = services.get(service);
  return own?.repository === repository ? own.refs : [];
}

/** An absent port or user is the one of the controller's own SSH configuration, so no written one is the same. */
function isSame(one: Pinned, host: HostTarget): boolean {
  return plain(one.address) === plain(host.address) && one.port === host.port && one.user === host.user;
}

/** One spelling of an address: names have no case, and IPv6 has many forms. */
function plain(address: string): string {
  if (isIPv6(address)) return new URL(`http://[${address}]`).hostname;
  return address.toLowerCase().replace(/\.$/, '');
}

/** As a person writes it. */
export function loginOf({ user, address, port }: Pinned): string {
  const named = address.includes(':') ? `[${address}]` : address;
  return `${user === null ? '' : `${user}@`}${named}${port === null ? '' : `:${port}`}`;
}
