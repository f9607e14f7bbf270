import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../package-root';
import type { Run } from './program/arguments';
import { addControllerCommands } from './program/controller-commands';
import { addControllerGroup } from './program/controller-group';
import { addDeployCommands } from './program/deploy-commands';
import { addDoorCommands } from './program/door-commands';
import { addHostCommands } from './program/host-commands';
import { addItselfCommands } from './program/itself-commands';
import { type LandfallCommand, pathOf } from './program/landfall-command';
import { addProjectCommands } from './program/project-commands';

/**
 * Adds the commands that a person can type, with their arguments, options, help and examples. `commands/` has one
 * file for each of them, which is loaded when the command is called: loading all takes half a second.
 */
export function addCommands(program: LandfallCommand, run: Run): void {
  program
    .description(
      'Deploys a Python web service to Linux hosts: tests a release before traffic reaches it, watches it afterwards, and rolls it back when it fails.',
    )
    .version(installedVersion(), '--version', 'print the version of Landfall')
    .example('landfall deploy --help', 'see the options of a command, and examples');

  program.commandsGroup('Project:');
  addProjectCommands(program, run);
  program.commandsGroup('Deploy:');
  addDeployCommands(program, run);
  program.commandsGroup('Hosts:');
  addHostCommands(program, run);
  program.commandsGroup('Controller:');
  addControllerCommands(program, run);
  addControllerGroup(program, run);
  addDoorCommands(program, run);
  program.commandsGroup('Command line:');
  addItselfCommands(program, run);
  program.helpCommand('help [command]', 'show the help of a command');

  pointToHelp(program);
}

/** A wrong call gets its error, the nearest name, and this line: the whole help would hide both. */
function pointToHelp(command: Command): void {
  command.showHelpAfterError(`To see commands, options and examples: ${pathOf(command)} --help`);
  for (const each of command.commands) pointToHelp(each);
}

function installedVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return String(version);
}
