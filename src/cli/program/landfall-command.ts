import { Command } from 'commander';

/** A command line that works as it stands, and the sentence that says when to type it. */
export interface Example {
  line: string;
  purpose: string;
}

/** A command with examples: data for its help, for the reference of commands and for the test of both. */
export class LandfallCommand extends Command {
  readonly examples: Example[] = [];

  constructor(name?: string) {
    super(name);
    this.addHelpText('after', () => exampleLines(this.examples).join('\n'));
  }

  override createCommand(name?: string): LandfallCommand {
    return new LandfallCommand(name);
  }

  /** @param purpose begins with a verb: `deploy the commit of this checkout` */
  example(line: string, purpose: string): this {
    this.examples.push({ line, purpose });
    return this;
  }
}

/** Every command that a person can type, groups such as `env` left out; in the order of the help. */
export function commandsBelow(command: Command): LandfallCommand[] {
  return subcommandsOf(command).flatMap((each) => {
    const below = commandsBelow(each);
    return below.length > 0 ? below : [each];
  });
}

/** Without hidden ones, and without commander's own `help`. */
export function subcommandsOf(command: Command): LandfallCommand[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each instanceof LandfallCommand)
    .filter((each) => each.name() !== 'help');
}

/** `landfall env set`: as a person types it. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function exampleLines(examples: Example[]): string[] {
  if (examples.length === 0) return [];
  return ['', 'Examples:', ...examples.flatMap(({ line, purpose }) => [`  # ${purpose}`, `  ${line}`])];
}
