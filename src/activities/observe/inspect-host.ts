import { parseBind } from '../../config/address';
import type { ServiceSettings } from '../../config/deploy-input';
import { checkoutOf } from '../../config/in-place';
import type { HostFacts } from '../../contract/contract-types';
import { domainWarnings } from '../../deployment/domain';
import { fail } from '../../deployment/failures';
import { bindArgument } from '../../deployment/gunicorn';
import { type Inspection, inspectionOf, liveInWords } from '../../deployment/inspection';
import { noticesOf } from '../../deployment/plan/switchover';
import { liveProbes, type Socket } from '../../deployment/probes';
import { askedPython } from '../../deployment/project/interpreter-choice';
import { workflowIdOf } from '../../deployment/workflow-id';
import { domainInWords, probeDomain } from '../../host-agent/domain-probe';
import { type AllowedUrls, checkUrl } from '../../http/url-guard';
import type { Dependencies } from '../dependencies';
import { factsByCurrentHelper } from '../prepare/current-helper';
import { heartbeating, hostOf, type Noted, type OnHost } from '../step';
import { askLive } from './ask-live';
import { knownReleases } from './kept-release';

export interface InspectHostInput extends OnHost {
  environment: string;
  settings: ServiceSettings;
  /** Why: to put a new release in service, to go back to a good one, or only to see. */
  purpose: 'deploy' | 'rollback' | 'doctor';
  /** Whether to install the helper where it is missing or another one, and the deploying user may do that. */
  installs: boolean;
}

/**
 * Looks at a host: what runs, whether it is ready **now**, what a rollback could go back to, what a deploy
 * needs. Takes whatever it finds for a fact and not for a reason to stop. Changes nothing, except that
 * `installs` brings the helper. Safe to run twice.
 * @throws SetupNeeded when landfall.yaml and root do not allow the same; InvalidInput for a URL that the
 *   controller must not ask
 */
export function inspectHost(dependencies: Dependencies) {
  return (input: InspectHostInput): Promise<Inspection & Noted> =>
    heartbeating(async () => {
      const { service, environment, settings, host, purpose, installs } = input;
      const checkout = checkoutOf(settings);
      const asked = {
        python: askedPython(settings),
        address: host.bind,
        ...(checkout === null ? {} : { checkout }),
      };
      const { facts, note } = installs
        ? await factsByCurrentHelper(dependencies, input, asked)
        : { facts: await hostOf(dependencies, input)('inspect', asked), note: null };
      checkPolicy(input, facts);
      // Found here, before anything is changed, and not when a release already serves.
      if (purpose === 'deploy') await checkUrls(settings, dependencies.allowedUrls);
      const { kept, refused } = knownReleases(dependencies.signingKey, input, facts);
      const socket = socketOf(facts);
      const probes = liveProbes({ address: host.bind, settings }, kept, socket, facts);
      const answer = await askLive(dependencies, input, facts, probes);
      const engine = `${dependencies.engine}/${workflowIdOf(service, environment)}`;
      const seen = inspectionOf(facts, { kept, socket, answer, engine });
      const unknown = purpose === 'rollback' ? unkept(seen, refused) : [];
      const helper = note === null ? [] : [note];
      const notices = [
        ...refused.values(),
        ...unknown,
        ...noticesOf(seen, settings, host.bind),
        ...seen.environment.notices,
      ];
      const warnings = [...seen.warnings, ...domainWarnings(host, facts.proxy)];
      const served = purpose === 'doctor' ? await servedDomain(dependencies, input) : {};
      return { ...seen, warnings, ...served, note: [...helper, liveInWords(seen), ...notices].join('; ') };
    });
}

/** The answers of the proxy to the names of the host's domain, for the doctor. */
async function servedDomain(
  { connections }: Dependencies,
  { host, service, settings }: InspectHostInput,
): Promise<Pick<Inspection, 'served'>> {
  const answers = await probeDomain(connections, host, service, settings.readiness.path);
  return answers.length === 0 ? {} : { served: answers.map(domainInWords) };
}

/** Says that a rollback lacks kept settings, unless they were refused with a reason. */
function unkept({ previousGood, probes }: Inspection, refused: Map<string, string>): string[] {
  if (previousGood === null || probes.previousGood !== null) return [];
  if (refused.has(previousGood.id)) return [];
  return [`${previousGood.id} has no kept settings: landfall.yaml is used for it`];
}

/** Where systemd listens, with the first of its addresses in the form of landfall.yaml. */
export function socketOf({ socket }: Pick<HostFacts, 'socket'>): Socket {
  const [first = ''] = socket.listens.split(' ');
  const address = socket.active ? parseBind(first.startsWith('/') ? `unix:${first}` : first) : null;
  return { ...socket, address };
}

async function checkUrls({ readiness, soak }: ServiceSettings, allowed: AllowedUrls): Promise<void> {
  if (readiness.url !== null) await checkUrl('readiness.url', readiness.url, allowed);
  if (soak?.url) await checkUrl('soak.url', soak.url, allowed);
}

function checkPolicy(input: InspectHostInput, facts: HostFacts): void {
  const { settings, host } = input;
  const { policy } = facts;
  const allowed = JSON.stringify([policy.user, policy.base, policy.unit]);
  const missing = settings.envFiles.filter((file) => !policy.envFiles.includes(file));
  if (allowed !== JSON.stringify([settings.user, settings.base, settings.unit]) || missing.length > 0) {
    throw fail(
      'SetupNeeded',
      `landfall.yaml and ${host.name} disagree about ${input.service}: root allowed user ${policy.user}, base ${policy.base}, unit ${policy.unit}, environment files ${policy.envFiles.join(', ') || 'none'}.`,
      {
        host: host.name,
        advice: `Correct landfall.yaml, or run: landfall setup ${host.name} --env <environment>`,
      },
    );
  }
  const bind = bindArgument(host.bind);
  if (policy.addresses?.includes(bind) === false) {
    throw fail(
      'SetupNeeded',
      `Root has not allowed ${input.service} to listen on ${bind} on ${host.name}: /etc/landfall/${input.service}.json allows ${policy.addresses.join(', ') || 'nothing'}.`,
      {
        host: host.name,
        advice: `Correct \`bind:\` in landfall.yaml, or run: landfall setup ${host.name} --env <environment> --pin-addresses`,
      },
    );
  }
}
