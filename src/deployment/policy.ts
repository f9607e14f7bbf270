import type { HostTarget, ServiceSettings } from '../config/deploy-input';
import type { Policy } from '../host-agent/contract-types';

/** What root has to have allowed on a host (`/etc/landfall/<service>.json`) for this service to be deployed there. */
export function policyOf(
  { service, settings }: { service: string; settings: ServiceSettings },
  host: HostTarget,
): Policy {
  const { user, base, envFiles, unit } = settings;
  return { service, user, deployUser: host.user, base, envFiles, unit };
}
