import type { ServiceSettings } from '../config/deploy-input';
import type { Policy } from '../contract/contract-types';

/** The policy that root must have set on a host (`/etc/landfall/<service>.json`) before this service is deployed. */
export function policyOf(
  { service, settings }: { service: string; settings: ServiceSettings },
  deployUser: string,
): Policy {
  const { user, base, envFiles, unit } = settings;
  return { service, user, deployUser, base, envFiles, unit };
}
