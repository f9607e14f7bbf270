import { Option } from 'commander';
import { portNumber, type Run, wholeNumber, withConfig } from './arguments';
import { addKeyCommands } from './key-commands';
import type { LandfallCommand } from './landfall-command';

/** `landfall controller`: engine and worker as services of one machine, administered over SSH. */
export function addControllerGroup(program: LandfallCommand, run: Run): void {
  const controller = program
    .command('controller')
    .description('engine and worker as services of one machine, administered over SSH');
  const on = (name: string, description: string): LandfallCommand =>
    controller
      .command(name)
      .description(description)
      .argument('<machine>', 'HOST, USER@HOST or USER@HOST:PORT for ssh; the user is root or has full sudo');

  withConfig(
    asked(withPrograms(on('install', 'install engine and worker: print the plan, and do it after a yes'))),
  )
    .option('--port <port>', 'port of the engine on loopback (default: 7233)', portNumber)
    .option(
      '--known-hosts <file>',
      'more host keys for the controller to trust (default: those of landfall.yaml that you know)',
    )
    .example('landfall controller install root@ops', 'turn the machine ops into a controller')
    .example(
      'landfall controller install deploy@ops --known-hosts hosts.keys --yes',
      'do it without a question, and trust the host keys in a file',
    )
    .action(run(async () => (await import('../commands/controller/install.js')).controllerInstallCommand));

  on('status', 'show what runs there, the open runs, memory and space')
    .option('--json', 'print JSON')
    .example('landfall controller status root@ops', 'see whether the controller can deploy')
    .action(run(async () => (await import('../commands/controller/status.js')).controllerStatusCommand));

  on('logs', 'show the journal of engine and worker')
    .addOption(new Option('--unit <unit>', 'only this one').choices(['engine', 'worker']))
    .option('--lines <number>', 'how many of the newest lines', wholeNumber, 100)
    .option('-f, --follow', 'show new lines as they come, until Ctrl-C')
    .example('landfall controller logs root@ops --unit worker --follow', 'watch the worker')
    .action(run(async () => (await import('../commands/controller/logs.js')).controllerLogsCommand));

  on('backup', 'save history, keys and policy in one file, while the controller runs')
    .argument('<file>', 'the backup; it holds private keys')
    .example('landfall controller backup root@ops ops.tar.gz', 'save the controller')
    .action(run(async () => (await import('../commands/controller/backup.js')).controllerBackupCommand));

  asked(on('restore', 'replace the state of an installed controller by that of a backup'))
    .argument('<file>', 'a file that landfall controller backup wrote')
    .example('landfall controller restore root@ops2 ops.tar.gz', 'continue on another machine')
    .action(run(async () => (await import('../commands/controller/restore.js')).controllerRestoreCommand));

  asked(withPrograms(on('upgrade', 'replace the version there by this one, while no run is open')))
    .option('--wait', 'wait until no run is open')
    .option('--rollback', 'start the version before again')
    .example('landfall controller upgrade root@ops --wait', 'upgrade after the deploys that run now')
    .example('landfall controller upgrade root@ops --rollback', 'go back to the version before')
    .action(run(async () => (await import('../commands/controller/upgrade.js')).controllerUpgradeCommand));

  asked(on('uninstall', 'remove everything of the controller there; hosts are not touched'))
    .option('--abandon', 'although runs are open: their hosts stay as they are')
    .example('landfall controller uninstall root@ops', 'remove the controller')
    .action(
      run(async () => (await import('../commands/controller/uninstall.js')).controllerUninstallCommand),
    );

  addKeyCommands(controller, run);
}

function asked(command: LandfallCommand): LandfallCommand {
  return command.option('--yes', 'act without the question');
}

function withPrograms(command: LandfallCommand): LandfallCommand {
  return command
    .option('--node <file>', 'Node for the controller (default: the Node that runs this command)')
    .option('--temporal <file>', "Temporal's executable for the controller (default: as for landfall dev)");
}
