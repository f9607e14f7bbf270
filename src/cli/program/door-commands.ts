import type { Run } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands that the controller's SSH server starts. No person types them. */
export function addDoorCommands(program: LandfallCommand, run: Run): void {
  program
    .command('engine', { hidden: true })
    .description('lead standard input and output to the engine at TEMPORAL_ADDRESS')
    .action(run(async () => (await import('../commands/engine.js')).engineCommand));
  program
    .command('door', { hidden: true })
    .argument('<name>', 'name of the key that has logged in')
    .action(run(async () => (await import('../commands/door.js')).doorCommand));
}
