import type { ServiceSettings } from '../config/deploy-input';
import type { Host } from './host';
import { lasting } from './steps';

/** As the service's user, so that a compromised old release could disturb it. @throws PreImportFailed */
export async function importApp(host: Host, release: string, settings: ServiceSettings): Promise<void> {
  const { app, preImport: limits } = settings;
  if (limits === null) return;
  host.fact.ran = true;
  const steps = lasting(`${host.name}: import ${app}`, limits.timeout);
  await steps.preImport({ ...host.claimed, release, settings: { ...settings, preImport: limits } });
}
