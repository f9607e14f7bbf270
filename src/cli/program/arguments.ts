import { InvalidArgumentError } from 'commander';
import type { LandfallCommand } from './landfall-command';

/** Loads a command, runs it, and ends the process with the exit code that the command returns. */
export type Run = <A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<number>>,
) => (...args: A) => Promise<void>;

/** A command on a service in an environment: `landfall deploy shop --env production`. */
export function onService(program: LandfallCommand, name: string, description: string): LandfallCommand {
  return inEnvironment(
    program
      .command(name)
      .description(description)
      .argument('<service>', 'name of the service in landfall.yaml'),
  );
}

export function inEnvironment(command: LandfallCommand): LandfallCommand {
  return command.requiredOption('--env <name>', 'name of the environment in landfall.yaml');
}

export function withConfig(command: LandfallCommand): LandfallCommand {
  return command.option('--config <file>', 'configuration of the service', 'landfall.yaml');
}

/** The parser of an option that may be given again. */
export function another(name: string, before: string[] = []): string[] {
  return [...before, name];
}

export function wholeNumber(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number from 1 on.');
}

export function portNumber(text: string): string {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('Give a port from 1 to 65535.');
}
