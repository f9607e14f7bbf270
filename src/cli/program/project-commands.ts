import { type Run, withConfig } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands for the repository of a service: they change nothing on any host. */
export function addProjectCommands(program: LandfallCommand, run: Run): void {
  withConfig(
    program.command('validate').description('check a landfall.yaml alone, and say what the file describes'),
  )
    .option('--json', 'print JSON')
    .example('landfall validate', 'check the landfall.yaml of this folder')
    .example('landfall validate --config services/shop/landfall.yaml --json', 'check a file in a program')
    .action(run(async () => (await import('../commands/validate.js')).validateCommand));
}
