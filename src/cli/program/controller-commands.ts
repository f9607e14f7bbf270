import { portNumber, type Run } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands of the machine that holds the keys. */
export function addControllerCommands(program: LandfallCommand, run: Run): void {
  program
    .command('dev')
    .description('start a Temporal engine and a worker on this machine')
    .option('--port <port>', 'port of the engine on loopback', portNumber, '7233')
    .option('--ui-port <port>', 'port of the Temporal UI on loopback', portNumber, '8233')
    .option('--no-ui', 'start without the Temporal UI')
    .option('--temporal <file>', 'path of the temporal executable')
    .option('--database <file>', 'SQLite file of the engine')
    .example('landfall dev', 'start engine, worker and UI')
    .example(
      'landfall dev --no-ui --database /srv/landfall/engine.db',
      'keep the history in a file of your choice',
    )
    .action(run(async () => (await import('../commands/dev.js')).devCommand));

  program
    .command('worker')
    .description('start a worker for the engine at TEMPORAL_ADDRESS')
    .example('TEMPORAL_ADDRESS=engine.example.com:7233 landfall worker', 'serve your own Temporal cluster')
    .action(run(async () => (await import('../commands/worker.js')).workerCommand));
}
