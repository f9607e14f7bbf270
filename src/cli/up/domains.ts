/** Whether users reach the service under its domain, after a deploy. */
import type { Environment } from '../../config';
import type { HostTarget } from '../../config/deploy-input';
import { type DomainAnswer, domainInWords, isServed, probeDomain } from '../../host-agent/domain-probe';
import { output } from '../../output/output';
import type { HostConnections } from '../../ssh/connections';
import { poll } from '../../timing/poll';
import { during } from './during';

/** A certificate of an ACME authority takes seconds; a name server that leads elsewhere never gets one. */
const LIMIT_MS = 90_000;

const PAUSE_MS = 500;

/**
 * Asks the proxy of each host, and says how each name answers.
 * @param waits for certificates that are not there yet
 * @returns whether every name is served; true without a domain
 */
export async function areDomainsServed(
  connections: HostConnections,
  { service, hosts, settings }: Environment,
  waits: boolean,
): Promise<boolean> {
  const { check, path } = settings.readiness;
  // Without a route for readiness, any answer of the service is one.
  const isRight = (answer: DomainAnswer) =>
    isServed(answer) || (check === 'tcp' && answer.certificate !== null && (answer.status ?? 500) < 500);
  const ask = async (host: HostTarget): Promise<DomainAnswer[]> => {
    let answers: DomainAnswer[] = [];
    const look = async () => {
      answers = await probeDomain(connections, host, service, path);
      return answers.every(isRight) || null;
    };
    const limit = waits ? LIMIT_MS : 0;
    await during(
      `waiting for ${namesOf(host).join(', ')} on ${host.name}`,
      poll(look, { pause: PAUSE_MS, limit }),
    );
    return answers;
  };
  let all = true;
  for (const host of hosts.filter((each) => namesOf(each).length > 0)) {
    const answers = await ask(host);
    all &&= answers.every(isRight);
    output.say(
      ...answers.map((answer) => `  ${isRight(answer) ? '✓' : '✗'} ${host.name}: ${domainInWords(answer)}`),
    );
  }
  return all;
}

function namesOf({ domain }: HostTarget): string[] {
  return domain?.names ?? [];
}
