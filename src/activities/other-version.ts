import { createHash } from 'node:crypto';
import { fail, failureOf } from '../deployment/failures';
import { callHelper } from '../ssh/helper';
import type { Dependencies } from './dependencies';
import type { OnHost } from './step';

/** How the helper begins to refuse the form of a request, which only another version of Landfall gives it. */
const REFUSES_FORM = /: (The request's |There is no verb )/;

/**
 * What a refusal really means: a helper of another version knows neither the fields nor the limits of
 * this one, and then nothing in landfall.yaml is to be corrected.
 * @returns SetupNeeded in that case, else the same error
 */
export async function explained(dependencies: Dependencies, input: OnHost, error: unknown): Promise<unknown> {
  const refused = failureOf(error);
  if (refused?.type !== 'InvalidInput' || !REFUSES_FORM.test(refused.message)) return error;
  const { host, service } = input;
  const ours = createHash('sha256').update(dependencies.helperSource).digest('hex');
  // A helper from before this verb refuses that too.
  const helper = await callHelper(dependencies.connections, host, service, 'version', {}).catch(() => null);
  if (helper?.sha256 === ours) return error;
  return fail(
    'SetupNeeded',
    `landfall-host on ${host.name} is another version than this controller, and does not know its request. ${refused.message}`,
    {
      host: host.name,
      advice: `Put the controller's version on the host: landfall setup ${host.name} --env <environment>`,
    },
  );
}
