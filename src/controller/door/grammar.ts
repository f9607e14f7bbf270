/** The commands that may be asked for through the door, as words. Pure. */

/** The word after service and environment. */
type Operand = 'ref' | 'ref?' | 'choice' | null;

interface Form {
  operand: Operand;
  /** `granted` ones overrule other people or the protection of a service: the key's list must name each. */
  options: Record<string, 'flag' | 'granted' | 'word' | 'number'>;
}

const OVERRULING = { '--supersede': 'granted', '--take-over': 'granted', '--stop-first': 'granted' } as const;

const FORMS = {
  deploy: {
    operand: 'ref',
    options: {
      ...OVERRULING,
      '--fix-forward': 'granted',
      '--wait-for-running': 'flag',
      '--again': 'flag',
      '--ci': 'word',
    },
  },
  plan: {
    operand: 'ref',
    options: { '--fix-forward': 'flag', '--take-over': 'flag', '--stop-first': 'flag', '--json': 'flag' },
  },
  rollback: { operand: 'ref?', options: { ...OVERRULING, '--soak': 'flag', '--ci': 'word' } },
  restart: {
    operand: 'ref?',
    options: { ...OVERRULING, '--fix-forward': 'granted', '--wait-for-running': 'flag', '--ci': 'word' },
  },
  status: {
    operand: null,
    options: { '--json': 'flag', '--markdown': 'flag', '--outputs': 'flag', '--ci': 'word' },
  },
  doctor: {
    operand: 'ref?',
    options: { '--repair': 'granted', '--supersede': 'granted', '--take-over': 'granted' },
  },
  cancel: { operand: null, options: {} },
  decide: { operand: 'choice', options: { '--question': 'number' } },
} satisfies Record<string, Form>;

export type DoorCommand = keyof typeof FORMS;
export const DOOR_COMMANDS = Object.keys(FORMS) as DoorCommand[];

/** Every word of a key's list: a command, or a command with an option that overrules. */
export const GRANTS = DOOR_COMMANDS.flatMap((command) => [
  command,
  ...Object.entries(formOf(command).options).flatMap(([option, kind]) =>
    kind === 'granted' ? [`${command} ${option}`] : [],
  ),
]);

/** A command, taken apart. Nothing of it was believed yet. */
export interface Asked {
  command: DoorCommand;
  service: string;
  environment: string;
  /** A ref, or a choice for `decide`; null: none was given. */
  operand: string | null;
  /** With its word; true: it has none. */
  options: Map<string, string | true>;
}

export type Words = Asked | 'engine' | { refused: string };

const LONGEST = 2_000;
const OUTPUTS = ['plain', 'github', 'gitlab'];

/**
 * Takes the command of an SSH client apart. Blanks alone separate words: there is neither quoting nor a shell.
 * @param original `SSH_ORIGINAL_COMMAND`; empty: a login without a command
 */
export function parseWords(original: string): Words {
  if (original.length > LONGEST) return refused('the command is too long');
  if (!/^[A-Za-z0-9._/:@= -]*$/.test(original))
    return refused('the command has a character other than letters, digits, blanks and . _ / : @ = -');
  const [first, ...more] = original.split(' ').filter((word) => word !== '');
  const words = first === 'landfall' ? more : first === undefined ? [] : [first, ...more];
  const [command, service, environment, ...rest] = words;
  if (command === undefined) return refused('this key opens no shell');
  if (command === 'engine' && words.length === 1) return 'engine';
  if (!isDoorCommand(command)) return refused('this is not one of the commands');
  if (!isName(service) || !isName(environment))
    return refused(`write: ${command} SERVICE ENVIRONMENT${operandText(command)}`);
  return withRest({ command, service, environment, operand: null, options: new Map() }, rest);
}

function withRest(asked: Asked, rest: string[]): Words {
  const { operand: wanted, options } = formOf(asked.command);
  const [first, ...others] = rest;
  const isOperand = first !== undefined && !first.startsWith('-');
  if (isOperand !== (wanted !== null) && wanted !== 'ref?')
    return refused(`write: ${asked.command} SERVICE ENVIRONMENT${operandText(asked.command)}`);
  if (isOperand) asked.operand = first;
  if (wanted === 'choice' && !['retry', 'accept', 'go-forward'].includes(asked.operand ?? ''))
    return refused('a choice is retry, accept or go-forward');
  const left = isOperand ? others : rest;
  while (left.length > 0) {
    const option = left.shift() ?? '';
    const kind =
      option === '--output' ? 'word' : Object.hasOwn(options, option) ? options[option] : undefined;
    if (kind === undefined) return refused(`${asked.command} does not take this option here`);
    if (asked.options.has(option)) return refused(`${option} is there twice`);
    const word = kind === 'word' || kind === 'number' ? left.shift() : true;
    if (word === undefined || (word !== true && word.startsWith('-')))
      return refused(`${option} needs a word`);
    if (kind === 'number' && !/^[1-9]\d{0,8}$/.test(String(word))) return refused(`${option} needs a number`);
    if (option === '--output' && !OUTPUTS.includes(String(word)))
      return refused(`--output is ${OUTPUTS.join(', ')}`);
    asked.options.set(option, word);
  }
  return asked;
}

/** The options of a command that a key's list has to name. */
export function overruling({ command, options }: Asked): string[] {
  const form = formOf(command).options;
  return [...options.keys()].filter((option) => form[option] === 'granted');
}

function formOf(command: DoorCommand): Form {
  return FORMS[command];
}

function operandText(command: DoorCommand): string {
  const texts = { ref: ' REF', 'ref?': ' [REF]', choice: ' CHOICE' };
  const { operand } = formOf(command);
  return operand === null ? '' : texts[operand];
}

function isDoorCommand(word: string): word is DoorCommand {
  return Object.hasOwn(FORMS, word);
}

function isName(word: string | undefined): word is string {
  return word !== undefined && /^[a-z][a-z0-9-]{0,30}$/.test(word);
}

function refused(because: string): { refused: string } {
  return { refused: because };
}
