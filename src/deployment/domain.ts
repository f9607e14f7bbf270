/** The domain of a host in landfall.yaml, compared with the file that setup wrote for a proxy. Pure. */
import type { HostTarget } from '../config/deploy-input';
import type { HostFacts } from '../contract/contract-types';
import { bindArgument } from './gunicorn';

/** Sentences for people, each with the next step; empty: the file says what landfall.yaml says. */
export function domainWarnings(
  { name, domain, bind }: Pick<HostTarget, 'name' | 'domain' | 'bind'>,
  proxy: HostFacts['proxy'],
): string[] {
  const again = `Run: landfall setup ${name} --env <environment>`;
  if (domain == null)
    return proxy === undefined
      ? []
      : [`${proxy.file} serves ${proxy.names.join(', ')}, and landfall.yaml has no \`domain:\`. ${again}`];
  const wanted = domain.names.join(', ');
  if (proxy === undefined) return [`No proxy serves ${wanted}: setup has not put one in front yet. ${again}`];
  const served = proxy.names.join(', ');
  if (served !== wanted)
    return [`${proxy.file} serves ${served}, and landfall.yaml says ${wanted}. ${again}`];
  const to = askedAt(bind);
  if (proxy.passesTo === to) return [];
  return [`${proxy.file} passes requests to ${proxy.passesTo}, and the service listens on ${to}. ${again}`];
}

/** A service on every address is asked on the loopback. */
function askedAt(bind: HostTarget['bind']): string {
  if ('socket' in bind) return bindArgument(bind);
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind.host] ?? bind.host;
  return bindArgument({ ...bind, host });
}
