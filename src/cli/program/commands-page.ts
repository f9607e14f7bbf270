import type { Argument, Option } from 'commander';
import { addCommands } from '../program';
import { commandsBelow, LandfallCommand, pathOf, subcommandsOf } from './landfall-command';

/** For scripts and CI; src/cli/exit-codes.ts has the numbers. */
const EXIT_CODES = `## Exit codes

| exit code | meaning |
|---|---|
| 0 | deployed; with \`plan\`, nothing would be refused; with \`doctor\`, every host is well; with \`cancel\`, cancelled, or already ended with the hosts in order |
| 1 | wrong usage or configuration; nothing started; with \`cancel\`, too late: the run was completed |
| 2 | rejected: nothing live was changed; with \`plan\`, the deploy would be refused |
| 3 | rolled back: the release from before is live again and answers ready |
| 4 | needs an operator, was accepted as it stands, or ended with the live release unverified: the output and \`landfall status\` say what to do |
| 5 | cancelled: nothing live was changed, or the deploy was rolled back |
| 6 | the engine cannot be reached; nothing started |`;

/** `docs/commands.md`: every command as its help has it. `npm run schema` writes the file. */
export function commandsPage(): string {
  const program = new LandfallCommand('landfall');
  addCommands(program, () => async () => undefined);
  return `${[
    '<!-- Written by `npm run schema` from src/cli/program/: change it there. -->',
    '# Commands',
    `Every command of \`landfall\`, as \`landfall COMMAND --help\` shows it. A command ends with one of the [exit codes](#exit-codes). \`landfall completion\` prints a script for bash, zsh or fish that completes commands, options, services and environments.`,
    ...contents(program),
    EXIT_CODES,
    ...commandsBelow(program).map(section),
  ].join('\n\n')}\n`;
}

/** The groups of the help, with a link for each command. */
function contents(program: LandfallCommand): string[] {
  const commands = subcommandsOf(program);
  const titles = [...new Set(commands.map((command) => command.helpGroup()))];
  return titles.map((title) => {
    const links = commands
      .filter((command) => command.helpGroup() === title)
      .flatMap((command) => (subcommandsOf(command).length === 0 ? [command] : commandsBelow(command)))
      .map((each) => `- [\`${pathOf(each)}\`](#${anchorOf(each)}): ${text(each.description())}`);
    return `**${title.replace(/:$/, '')}**\n\n${links.join('\n')}`;
  });
}

function section(command: LandfallCommand): string {
  const examples = command.examples.map(({ line, purpose }) => `# ${purpose}\n${line}`);
  const rows = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  return [
    `## ${pathOf(command)}`,
    `\`${pathOf(command)} ${command.usage()}\``,
    `${capitalized(text(command.description()))}.`,
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
    ...(rows.length === 0 ? [] : [['| argument or option | meaning |', '|---|---|', ...rows].join('\n')]),
  ].join('\n\n');
}

function argumentRow(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  const choices = argument.argChoices ? `one of ${argument.argChoices.join(', ')}` : '';
  const meaning = [argument.description, choices].filter((each) => each !== '').join('; ');
  return `| \`${argument.required ? `<${name}>` : `[${name}]`}\` | ${text(meaning)} |`;
}

function optionRow({ flags, description, mandatory, defaultValue, negate }: Option): string {
  const standard = defaultValue === undefined || negate ? '' : ` (default: \`${String(defaultValue)}\`)`;
  return `| \`${flags}\`${mandatory ? ', required' : ''} | ${text(description)}${standard} |`;
}

/** As GitHub makes it of a heading. */
function anchorOf(command: LandfallCommand): string {
  return pathOf(command).replace(/ /g, '-');
}

/** Of our own descriptions these characters alone would mean something. */
function text(description: string): string {
  return description.replace(/[<|*]/g, '\\$&');
}

function capitalized(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
