import { parseDocument } from 'yaml';
import { environmentOf, parseConfig } from '../../config';
import type { DoorCommand } from '../../controller/door/grammar';
import { pinRefusal } from '../../controller/door/pins';
import type { ServicePolicy } from '../../controller/door/policy';
import type { Mirrors } from '../../git/mirrors';
import { CommandError, EXIT } from '../exit-codes';

/** `parseConfig` takes no larger file. */
const MOST_BYTES = 100_000;

export interface CheckedConfig {
  /** The full SHA, and no longer a name: a branch may move before the worker looks at it. */
  commit: string;
  /** The text of landfall.yaml, with the repository of the policy. */
  text: string;
}

/**
 * The landfall.yaml of a commit that the policy lets be deployed, to hosts that the policy names.
 * @param ref null: of the first branch in `refs:`
 * @throws CommandError for everything that the policy does not allow; InvalidInput for an unknown ref
 */
export async function checkedConfig(
  mirrors: Mirrors,
  policy: ServicePolicy,
  asked: { command: DoorCommand; service: string; environment: string; operand: string | null },
): Promise<CheckedConfig> {
  const { service, environment } = asked;
  const ref = asked.operand ?? usualRef(policy);
  const { sha } = await mirrors.resolve(policy.repository, ref);
  if (policy.refs !== null && !(await mirrors.isIn(policy.repository, sha, policy.refs)))
    throw refused(
      `The commit ${sha.slice(0, 7)} is on no branch and no tag that may be deployed: ${policy.refs.join(', ')}.`,
    );
  const { path, text } = await configOf(mirrors, policy, sha);
  const name = `${path} of ${sha.slice(0, 7)}`;
  const written = parseConfig(name, text);
  const pinned = written.repository === policy.repository ? text : withRepository(text, policy.repository);
  const config = parseConfig(name, pinned);
  if (config.service !== service) throw refused(`${name} describes ${config.service}, not ${service}.`);
  const { hosts } = environmentOf(config, environment);
  const { repository } = policy;
  const wrong = pinRefusal(policy, { service, environment, hosts, repository, path: config.path });
  if (wrong !== null) throw refused(wrong);
  return { commit: sha, text: pinned };
}

/** The controller may reach the repository by another address than a laptop. */
function withRepository(text: string, repository: string): string {
  const document = parseDocument(text);
  document.set('repository', repository);
  return String(document);
}

function usualRef({ refs }: ServicePolicy): string {
  const plain = refs === null ? 'main' : refs.find((ref) => !ref.includes('*'));
  if (plain !== undefined) return plain;
  throw refused('The policy names no single branch: write the ref after the environment.');
}

async function configOf(
  mirrors: Mirrors,
  { repository, config, path }: ServicePolicy,
  commit: string,
): Promise<{ path: string; text: string }> {
  const inFolder = path === null ? [] : [`${path}/landfall.yaml`];
  const places = config === null ? [...inFolder, 'landfall.yaml'] : [config];
  for (const place of places) {
    const text = await mirrors.file(repository, commit, place, MOST_BYTES);
    if (text !== null) return { path: place, text };
  }
  throw refused(`The commit ${commit.slice(0, 7)} has no ${places.join(' and no ')} of at most 100 kB.`);
}

function refused(message: string): CommandError {
  return new CommandError(
    [message, 'Nothing was started. An administrator of the controller can change its policy.yaml.'],
    EXIT.usage,
  );
}
