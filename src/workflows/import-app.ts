import type { ServiceSettings } from '../config/deploy-input';
import { dependenciesOf } from '../deployment/start-causes/dependencies-of';
import type { Host } from './host';
import { lasting } from './steps';

/** As the service's user, so that a compromised old release could disturb it. @throws PreImportFailed */
export async function importApp(host: Host, release: string, settings: ServiceSettings): Promise<void> {
  const { app, base, env, preImport: limits } = settings;
  const dependencies = dependenciesOf(settings);
  const input = { ...host.claimed, release, base, app, env, preImport: limits, dependencies };
  await lasting(`${host.name}: import ${app}`, limits.timeout).preImport(input);
}
