import type { HostTarget, ServiceSettings } from '../config/deploy-input';
import type { Policy } from '../contract/contract-types';

/** The policy that root must have set on a host (`/etc/landfall/<service>.json`) before this service is deployed. */
export function policyOf(
  { service, settings }: { service: string; settings: ServiceSettings },
  host: HostTarget,
): Policy {
  const { user, base, envFiles, unit } = settings;
  return { service, user, deployUser: host.user, base, envFiles, unit };
}
