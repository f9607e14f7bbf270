/** The look of `landfall up` at the hosts of an environment, before any is changed. */
import type { Environment } from '../../config';
import { failureOf } from '../../deployment/failures';
import { output } from '../../output/output';
import type { HostConnections } from '../../ssh/connections';
import { fingerprintOf } from '../../ssh/known-hosts';
import { CommandError } from '../exit-codes';
import { HostSetup } from '../setup/host-setup';
import { proxyProblem } from '../setup/setup-lines';
import { during } from './during';
import { logIn, type Trust } from './host-keys';
import type { HostPlan } from './plan-lines';

export interface LookedAt extends HostPlan {
  apply: HostSetup['apply'];
}

interface Wanted {
  environment: Environment;
  as: string;
  trust: Trust;
  /** Line of a public key for the deploying user; null: the key that logs in, if `authorizes`. */
  authorizedKey: string | null;
  /** Whether the deploys log in with the keys of this machine. */
  authorizes: boolean;
  source: Buffer;
}

/** Logs in to each host as its administrator, and plans its setup. Changes nothing on a host. */
export async function lookAtHosts(connections: HostConnections, wanted: Wanted): Promise<LookedAt[]> {
  const looked: LookedAt[] = [];
  // One after the other: each may have a question about its host key.
  for (const host of wanted.environment.hosts) {
    const administrator = { ...host, user: wanted.as };
    const { identity } = await logIn(connections, administrator, wanted.trust).catch((error: unknown) => {
      throw withOtherUser(error, host.name, wanted.as);
    });
    const own = wanted.authorizes ? identity : null;
    const authorizedKey = wanted.authorizedKey ?? own;
    const { environment, as, source } = wanted;
    const request = { environment, host, as, authorizedKey, pinAddresses: false };
    const setup = await HostSetup.of(connections, request, source);
    const plan = await during(`looking at ${host.name}`, setup.plan());
    const { deployUser } = setup;
    const key = keyInWords(authorizedKey, wanted, deployUser);
    looked.push({ host, as, deployUser, setup: plan, key, apply: () => setup.apply() });
  }
  return looked;
}

function keyInWords(
  key: string | null,
  { authorizedKey, authorizes, as }: Wanted,
  deployUser: string,
): string {
  if (key === null)
    return authorizes
      ? `no key is added for ${deployUser}: the login as ${as} names none. If ${deployUser} needs one, add --authorized-key FILE`
      : `no key is added for ${deployUser}: the controller has its own. If it is not there yet, add --authorized-key FILE`;
  const fingerprint = fingerprintOf(Buffer.from(key.split(' ')[1] ?? '', 'base64'));
  const whose = authorizedKey === null ? `the key of this login as ${as}` : 'the key of --authorized-key';
  return `${deployUser} logs in with ${whose}: ${fingerprint}`;
}

/** The advice of a deploy does not fit a person who has just named an administrator. */
function withOtherUser(error: unknown, host: string, as: string): unknown {
  const failure = failureOf(error);
  if (failure?.type !== 'AuthRejected') return error;
  return new CommandError([
    `${failure.message}`,
    `Nothing was changed. Log in as an administrator whose key you have: landfall up USER@${host}. USER is root, or has sudo without a password.`,
    `Check the login first: ssh ${as}@${host}`,
    failure.details.advice,
  ]);
}

/** Does what is left on each host. @throws as HostSetup.apply */
export async function setUp(hosts: LookedAt[]): Promise<void> {
  for (const { host, setup, apply } of hosts) {
    const open = setup.actions.filter(({ done }) => !done).length;
    if (open === 0) continue;
    const begin = performance.now();
    const result = await during(`setting up ${host.name}`, apply());
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
    output.say(`  ✓ ${host.name}: set up, ${open} ${open === 1 ? 'action' : 'actions'} (${seconds} s)`);
    output.say(...proxyProblem(result).map((problem) => `  ! ${host.name}: ${problem}`));
  }
}
