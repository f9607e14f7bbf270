/** One change of the environment on every host: checked everywhere first, then made host by host. */
import type { HostTarget } from '../../config/deploy-input';
import type { Verbs } from '../../contract/contract-types';
import { type Answered, type ServiceHosts, sorted } from './service-hosts';

export interface EnvChange {
  set: Record<string, string>;
  unset: string[];
  by: string;
}

/** The hosts and the way to ask them. */
export type Asked = Pick<ServiceHosts, 'hosts' | 'ask' | 'askAll'>;
type Changed = Verbs['env-set']['result'];

/** How often another change may come in between. */
const MOST_TRIES = 5;

/**
 * @returns what has happened on each host, in the order of landfall.yaml; nothing was changed where `checked` is set
 */
export async function changeEnvironment(
  hosts: Asked,
  change: EnvChange,
): Promise<{ checked: Answered<Changed>[] | null; done: Answered<Changed>[] }> {
  const checked = await hosts.askAll('env-set', { ...change, base: 0, number: 0, apply: false });
  const { answers, failures } = sorted(checked);
  if (failures.length > 0) return { checked, done: [] };
  const before = new Map(answers.map(({ host, answer }) => [host, answer.before]));
  // The hosts that change get the same number.
  let number = Math.max(0, ...answers.map(({ answer }) => answer.number));
  const done: Answered<Changed>[] = [];
  for (const host of hosts.hosts) {
    const told = await changeOne(hosts, host, change, { base: before.get(host.name) ?? 0, number });
    if ('answer' in told) number = Math.max(number, told.answer.number);
    done.push(told);
  }
  return { checked: null, done };
}

/** After another change in between, the host makes this one from the version of that moment. Neither is lost. */
async function changeOne(
  hosts: Asked,
  host: HostTarget,
  change: EnvChange,
  { base, number }: { base: number; number: number },
): Promise<Answered<Changed>> {
  let seen = base;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const told = await hosts.ask(host, 'env-set', { ...change, base: seen, number, apply: true });
    if ('failed' in told || !told.answer.moved) return told;
    seen = told.answer.before;
  }
  return {
    host: host.name,
    failed: 'other changes came in between, again and again. Run the same command again.',
  };
}

/** Of these names, those whose values are not the same on all of these hosts: changes at the same time. */
export function differing(
  contents: { host: string; digests: Map<string, string> }[],
  names: string[],
): string[] {
  return names.filter((name) => new Set(contents.map(({ digests }) => digests.get(name) ?? '')).size > 1);
}
