import type { HostTarget } from '../config/deploy-input';
import { fail } from '../deployment/failures';
import { callHelper, type RequestRefused } from '../host-agent/client';
import { digestOf } from '../host-agent/helper-source';
import type { Dependencies } from './dependencies';

/**
 * Explains why a helper does not know a request. A helper of another version has another contract; landfall.yaml
 * is then not the cause.
 * @returns SetupNeeded for another version, else InvalidInput
 */
export async function whyRefused(
  { connections, helperSource }: Dependencies,
  { host, service }: { host: HostTarget; service: string },
  { message }: RequestRefused,
): Promise<Error> {
  const ours = digestOf(helperSource);
  // Another version may not even know this verb.
  const helper = await callHelper(connections, host, service, 'version', {}).catch(() => null);
  if (helper?.sha256 === ours) {
    return fail('InvalidInput', message, {
      host: host.name,
      advice: 'Correct the named value and deploy again.',
    });
  }
  return fail(
    'SetupNeeded',
    `landfall-host on ${host.name} is another version than this controller, and does not know its request. ${message}`,
    {
      host: host.name,
      advice: `Install the controller's version on the host: landfall setup ${host.name} --env <environment>`,
    },
  );
}
