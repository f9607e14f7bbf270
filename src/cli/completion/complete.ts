import type { Command, Option } from 'commander';
import { subcommandsOf } from '../program/landfall-command';
import type { KnownNames } from './known-names';

/** A word that may stand at the cursor. */
export interface Completion {
  word: string;
  description: string;
}

/** `files`: a file may stand there, which the shell completes by itself. */
export type Completions = Completion[] | 'files';

/**
 * The words that may stand at the cursor. Pure but for `namesIn`.
 * @param words the command line after `landfall`, up to the cursor; the last one may be empty or unfinished
 * @param namesIn the names in a `landfall.yaml`
 */
export function completionsFor(
  program: Command,
  words: string[],
  namesIn: (file: string) => KnownNames,
): Completions {
  // A bash word ends at `=`, so `--env=production` comes as three words.
  const [current = '', ...before] = words.filter((word) => word !== '=').reverse();
  const typed = typedSoFar(program, before.reverse());
  if (typed === null) return [];
  const names = () => namesIn(typed.values.get('config') ?? 'landfall.yaml');
  if (typed.expects !== null) return fitting(optionValues(typed.expects, typed, names), current);
  const [flag = '', ...value] = current.split('=');
  const assigned = value.length > 0 ? optionIn(typed.command, flag) : null;
  if (assigned !== null) {
    const values = fitting(optionValues(assigned, typed, names), value.join('='));
    return values === 'files' ? values : values.map((each) => ({ ...each, word: `${flag}=${each.word}` }));
  }
  if (typed.onlyArguments || !current.startsWith('-')) {
    const wanted = wordsAtArgument(typed, names);
    if (wanted.length > 0 || typed.onlyArguments) return fitting(wanted, current);
  }
  return fitting(optionsOf(typed), current);
}

interface Typed {
  command: Command;
  /** How many arguments of the command are there. */
  count: number;
  /** Values of options, by the names that commander gives them. */
  values: Map<string, string>;
  /** The option that takes the current word as its value. */
  expects: Option | null;
  /** After `--`. */
  onlyArguments: boolean;
}

/** null: a command that does not exist. */
function typedSoFar(program: Command, words: string[]): Typed | null {
  const typed: Typed = { command: program, count: 0, values: new Map(), expects: null, onlyArguments: false };
  for (const word of words) {
    const { command, expects } = typed;
    if (expects !== null) {
      typed.values.set(expects.attributeName(), word);
      typed.expects = null;
    } else if (word === '--') typed.onlyArguments = true;
    else if (word.startsWith('-') && !typed.onlyArguments) {
      const [flag = '', ...value] = word.split('=');
      const option = optionIn(command, flag);
      if (option === null) continue;
      typed.values.set(option.attributeName(), value.join('='));
      if (value.length === 0 && takesValue(option)) typed.expects = option;
    } else if (subcommandsOf(command).length > 0) {
      const next = subcommandsOf(command).find((each) => each.name() === word);
      if (next === undefined) return null;
      typed.command = next;
    } else typed.count += 1;
  }
  return typed;
}

function wordsAtArgument({ command, count }: Typed, names: () => KnownNames): Completion[] {
  const subcommands = subcommandsOf(command);
  if (subcommands.length > 0)
    return subcommands.map((each) => ({ word: each.name(), description: each.description() }));
  const { registeredArguments: all } = command;
  const argument = all[count] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (argument === undefined) return [];
  if (argument.argChoices) return described(argument.argChoices, '');
  if (argument.name() === 'service') return described(names().services, 'service in landfall.yaml');
  if (argument.name() === 'host')
    return described([...names().environments.values()].flat(), 'host in landfall.yaml');
  return [];
}

function optionValues(option: Option, { values }: Typed, names: () => KnownNames): Completions {
  if (option.argChoices) return described(option.argChoices, '');
  if (/<file>|\[file\]/.test(option.flags)) return 'files';
  const { environments } = option.long === '--env' || option.long === '--host' ? names() : NO_NAMES;
  if (option.long === '--env') return described([...environments.keys()], 'environment in landfall.yaml');
  const hosts = environments.get(values.get('env') ?? '') ?? [...environments.values()].flat();
  return described(hosts, 'host in landfall.yaml');
}

const NO_NAMES: KnownNames = { services: [], environments: new Map() };

/** Those that are not there yet; first the ones that the command needs. */
function optionsOf({ command, values }: Typed): Completion[] {
  const left = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.variadic || option.parseArg || !values.has(option.attributeName()));
  return left
    .sort((a, b) => Number(b.mandatory) - Number(a.mandatory))
    .map((option) => ({ word: option.long ?? option.flags, description: option.description }));
}

function optionIn(command: Command, flag: string): Option | null {
  return command.options.find(({ long, short }) => flag === long || flag === short) ?? null;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function described(words: readonly string[], description: string): Completion[] {
  return [...new Set(words)].map((word) => ({ word, description }));
}

function fitting(words: Completions, current: string): Completions {
  return words === 'files' ? words : words.filter(({ word }) => word.startsWith(current));
}
