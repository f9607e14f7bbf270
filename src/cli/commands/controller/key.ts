import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../../config';
import { KEY_NAME } from '../../../controller/door/key-name';
import { filesFrom, readScript, writeScript } from '../../../controller/door/key-script';
import { type DoorFiles, type NewService, withKey, withoutNamedKey } from '../../../controller/door/keys';
import { loginOf } from '../../../controller/door/pins';
import { parsePolicy } from '../../../controller/door/policy';
import { namedKeys, type PublicKey, parsePublicKey } from '../../../controller/door/public-key';
import { output } from '../../../output/output';
import { lastLine, Machine } from '../../controller/machine';
import { CommandError } from '../../exit-codes';

export interface KeyAddOptions {
  key: string;
  service?: string[];
  environment?: string[];
  command?: string[];
  operator?: boolean;
  config: string;
}

/** `landfall controller key add`: lets a key through the door of a controller. @returns the exit code */
export async function controllerKeyAddCommand(
  machineName: string,
  name: string,
  options: KeyAddOptions,
): Promise<number> {
  const machine = Machine.named(machineName);
  const { operator = false, service = [], environment = [], command = [] } = options;
  if (!KEY_NAME.test(name))
    throw new CommandError('The name of a key has letters, digits and . _ @ -, at most 63: github-shop.');
  const isLimited = [service, environment, command].some((list) => list.length > 0);
  if (operator && isLimited)
    throw new CommandError(
      '--operator reaches the engine itself, so no list limits that key. Leave out either --operator or the lists.',
    );
  if (!operator && [service, environment, command].some((list) => list.length === 0))
    throw new CommandError('Say what the key may: --service, --environment and --command; or --operator.');
  const key = publicKeyIn(options.key);
  const before = await filesOf(machine);
  const known = parsePolicy('policy.yaml', before.policy).services;
  const missing = operator ? [] : service.filter((one) => known?.has(one) !== true);
  const services = missing.map((one) => serviceIn(one, options.config));
  const may = { operator, services: service, environments: environment, commands: command };
  await write(machine, before, withKey(before, { name, key, may, services }));
  if (services.length > 0)
    output.say(
      `policy.yaml has services.${missing.join(', services.')} now, with the hosts of ${options.config}.`,
    );
  if (services.length > 0 && known === null)
    output.say('  ! From now on the worker refuses every service that policy.yaml does not name.');
  output.say(
    operator
      ? `Done: ${name} reaches the engine by controller: ssh://landfall@${machine.host}`
      : `Done: ${name} may: ssh landfall@${machine.host} ${command[0]} ${service[0]} ${environment[0]} …`,
  );
  return 0;
}

/** `landfall controller key list`. @returns the exit code */
export async function controllerKeyListCommand(machineName: string): Promise<number> {
  const { authorizedKeys, policy } = await filesOf(Machine.named(machineName));
  const { keys } = parsePolicy('policy.yaml', policy);
  const lines = namedKeys(authorizedKeys).map(({ name, key }) => {
    const may = keys.get(name);
    if (may === undefined) return `${name}  ${key.type}  ! may do nothing: policy.yaml has no keys.${name}`;
    if (may.operator) return `${name}  ${key.type}  operator`;
    const { services, environments, commands } = may;
    return `${name}  ${key.type}  ${commands.join(', ')}; ${services.join(', ')}; ${environments.join(', ')}`;
  });
  output.say(...(lines.length > 0 ? lines : ['No key opens this controller.']));
  return 0;
}

/** `landfall controller key remove`: its sessions end by themselves. @returns the exit code */
export async function controllerKeyRemoveCommand(machineName: string, name: string): Promise<number> {
  const machine = Machine.named(machineName);
  const before = await filesOf(machine);
  const now = withoutNamedKey(before, name);
  const isKnown = namedKeys(before.authorizedKeys).some((one) => one.name === name);
  if (!isKnown && !parsePolicy('policy.yaml', before.policy).keys.has(name))
    throw new CommandError(`There is no key ${name}. See: landfall controller key list ${machine.name}`);
  await write(machine, before, now);
  output.say(`Done: ${name} opens nothing any more. A deploy that it has started continues.`);
  return 0;
}

async function filesOf(machine: Machine): Promise<DoorFiles> {
  const { said, stderr } = await machine.run(readScript());
  const files = filesFrom(said);
  if (files !== null) return files;
  if (said.some(({ name }) => name === 'no-controller'))
    throw new CommandError(
      `There is no controller on ${machine.name}. Install one: landfall controller install ${machine.name}`,
    );
  throw new CommandError(`The keys on ${machine.name} cannot be read: ${lastLine(stderr)}`);
}

async function write(machine: Machine, before: DoorFiles, now: DoorFiles): Promise<void> {
  const { said, stderr } = await machine.run(writeScript(before, now));
  if (said.some(({ name }) => name === 'written')) return;
  throw new CommandError(
    said.some(({ name }) => name === 'changed')
      ? 'Another person has changed the keys meanwhile. Nothing was changed; run the same command again.'
      : `The keys on ${machine.name} were not changed: ${lastLine(stderr)}`,
  );
}

function publicKeyIn(file: string): PublicKey {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(`The file ${file} of --key cannot be read.`);
  }
  const key = parsePublicKey(text);
  if (key !== null) return key;
  throw new CommandError(`${file} is not one plain public SSH key on one line; name the .pub file.`);
}

/** A service of landfall.yaml that the policy does not have yet. */
function serviceIn(name: string, file: string): NewService {
  const config = existsSync(file) ? loadConfig(resolve(file)) : null;
  if (config?.service !== name)
    throw new CommandError([
      `policy.yaml of the controller has no services.${name}, and ${file} does not describe it. Nothing was changed.`,
      `Run this command in the folder of its landfall.yaml, or name that file: --config`,
    ]);
  const environments = [...config.environments.values()].map(
    (one) => [one.name, { hosts: one.hosts.map(loginOf) }] as const,
  );
  const { repository, path } = config;
  return { name, repository, path, environments: Object.fromEntries(environments) };
}
