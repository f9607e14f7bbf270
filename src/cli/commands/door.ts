import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Asked, DOOR_COMMANDS, parseWords } from '../../controller/door/grammar';
import { refusalFor } from '../../controller/door/may';
import { type KeyPolicy, type Policy, parsePolicy } from '../../controller/door/policy';
import { POLICY_FILE, STATE } from '../../controller/install/layout';
import { Mirrors } from '../../git/mirrors';
import { type CheckedConfig, checkedConfig } from '../door/checked-config';
import { argumentsFor, readsConfig } from '../door/command-line';
import { runHere } from '../door/run-here';
import { checkSessions } from '../door/sessions';
import { CommandError } from '../exit-codes';
import { engineCommand } from './engine';

/**
 * `landfall door NAME`: the forced command of a key in `authorized_keys`. Does what `SSH_ORIGINAL_COMMAND` asks for, if
 * the list of that key in policy.yaml allows it.
 * @returns the exit code of the command
 */
export async function doorCommand(name: string): Promise<number> {
  const policy = readPolicy(process.env.LANDFALL_POLICY ?? POLICY_FILE);
  const key = policy.keys.get(name);
  if (key === undefined) throw new CommandError(`The key ${name} is not in the policy of this controller.`);
  checkSessions(name, key);
  const words = parseWords(process.env.SSH_ORIGINAL_COMMAND ?? '');
  if (words === 'engine') return engine(name, key);
  if ('refused' in words) throw new CommandError([`Refused: ${words.refused}.`, usageOf(name, key)]);
  const refusal = refusalFor(name, key, words);
  if (refusal !== null) throw new CommandError([refusal, usageOf(name, key)]);
  const config = readsConfig(words.command) ? await configFor(policy, words) : null;
  return runHere(argumentsFor(words, config?.commit ?? null), {
    config: config?.text ?? null,
    by: `${name} (key)`,
    ciRun: wordOf(words, '--ci'),
    output: wordOf(words, '--output') ?? 'plain',
  });
}

async function engine(name: string, key: KeyPolicy): Promise<number> {
  if (key.operator) return engineCommand();
  throw new CommandError([`The key ${name} may not reach the engine.`, usageOf(name, key)]);
}

async function configFor(policy: Policy, asked: Asked): Promise<CheckedConfig> {
  const service = policy.services?.get(asked.service);
  if (service === undefined)
    throw new CommandError([
      `The policy of the controller has no services.${asked.service}, so its repository is not known here.`,
      'An administrator of the controller can add it to policy.yaml.',
    ]);
  const mirrors = new Mirrors(join(process.env.LANDFALL_STATE ?? STATE, 'mirrors'));
  return checkedConfig(mirrors, service, asked);
}

/** @throws CommandError: a policy that cannot be read opens nothing */
function readPolicy(file: string): Policy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(
      `The policy of this controller (${file}) cannot be read, so no key may do anything.`,
    );
  }
  return parsePolicy(file, text);
}

function usageOf(name: string, { operator, commands, services, environments }: KeyPolicy): string {
  if (operator) return `${name} may: engine, ${DOOR_COMMANDS.join(', ')}`;
  const list = (words: string[]) => words.join(', ') || 'none';
  return `${name} may: ${list(commands)}; services: ${list(services)}; environments: ${list(environments)}`;
}

function wordOf({ options }: Asked, option: string): string | null {
  const word = options.get(option);
  return typeof word === 'string' ? word : null;
}
