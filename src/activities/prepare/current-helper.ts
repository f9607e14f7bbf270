import type { ServiceSettings } from '../../config/deploy-input';
import type { HostFacts, Verbs } from '../../contract/contract-types';
import { failureOf } from '../../deployment/failures';
import { policyOf } from '../../deployment/policy';
import { hasFullSudo, installHelper } from '../../host-agent/client';
import { digestOf } from '../../host-agent/helper-source';
import type { Dependencies } from '../dependencies';
import { type CallHost, hostOf, type OnHost } from '../step';

interface Facts {
  facts: HostFacts;
  /** For people: whose helper answered; null: the one of this controller. */
  note: string | null;
}

/**
 * Asks a host for its facts with this version of `landfall-host`. The answer itself shows a helper that is missing or of
 * another version. Where the deploying user may do everything, the helper is then installed and asked again;
 * elsewhere root does that with `landfall setup`. Safe to run twice.
 * @throws SetupNeeded with the command that root has to run; else what the host answered
 */
export async function factsByCurrentHelper(
  dependencies: Dependencies,
  on: OnHost & { settings: ServiceSettings },
  asked: Verbs['inspect']['request'],
): Promise<Facts> {
  const { connections, helperSource } = dependencies;
  const call = hostOf(dependencies, on);
  const ours = digestOf(helperSource);
  const found = await answerOf(call, asked, ours);
  if ('facts' in found && found.facts.helper.sha256 === ours) return { facts: found.facts, note: null };
  if (await hasFullSudo(connections, on.host)) {
    const policy = policyOf(on, await connections.userOf(on.host));
    const request = { policy, apply: true, authorizedKey: null };
    await installHelper(connections, on.host, request, helperSource);
    return { facts: await call('inspect', asked), note: 'installed landfall-host' };
  }
  if ('refusal' in found) throw found.refusal;
  // The answer is of use, and root decides when to replace the helper.
  return { facts: found.facts, note: 'landfall-host is another build that speaks the same protocol' };
}

/** @returns the refusal of a helper that may be missing or another one. @throws any other failure */
async function answerOf(
  call: CallHost,
  asked: Verbs['inspect']['request'],
  ours: string,
): Promise<{ facts: HostFacts } | { refusal: unknown }> {
  try {
    return { facts: await call('inspect', asked) };
  } catch (error) {
    const type = failureOf(error)?.type;
    const isMissing = type === 'SetupNeeded';
    const isDoubtful = type === 'InvalidAnswer' || type === 'InvalidInput' || type === 'CommandFailed';
    if (isMissing || (isDoubtful && (await isAnother(call, ours)))) return { refusal: error };
    throw error;
  }
}

async function isAnother(call: CallHost, ours: string): Promise<boolean> {
  const helper = await call('version', {}).catch(() => null);
  return helper !== null && helper.sha256 !== ours;
}
