import { Argument, type Command, InvalidArgumentError } from 'commander';

/** Loads a command, runs it, and ends the process with the exit code that the command returns. */
export type Run = <A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<number>>,
) => (...args: A) => Promise<void>;

const REF = 'branch, tag or commit to deploy (default: the commit of the CI run, else HEAD of this checkout)';
const FIX_FORWARD = 'deploy although the live release is not ready';
const SUPERSEDE = 'end a run that waits for an operator or an unreachable host, or that soaks';
const TAKE_OVER = 'take over hosts from an unfinished deploy of another engine';
const STOP_FIRST =
  'stop the old release and all processes of its user before the new release runs; interrupts the service';

/**
 * Adds the commands that a person can type, with their arguments, options and help. `commands/` has one file for
 * each of them, which is loaded when the command is called: loading all takes half a second.
 */
export function addCommands(program: Command, run: Run): void {
  program.description(
    'Deploys a Python web service to Linux hosts: tests a release before traffic reaches it, watches it afterwards, and rolls it back when it fails.',
  );

  const onService = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('<service>', 'name of the service in landfall.yaml')
      .requiredOption('--env <name>', 'name of the environment in landfall.yaml');

  withConfig(onService('deploy', 'deploy a commit, or follow the deploy of that commit that already runs'))
    .option('--ref <ref>', REF)
    .option('--fix-forward', FIX_FORWARD)
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--wait-for-running', 'wait until the running deploy of another commit has ended')
    .option('--again', 'deploy again what this CI run has already deployed')
    .action(run(async () => (await import('./commands/deploy.js')).deployCommand));

  withConfig(onService('plan', 'show what a deploy would do, and what would be refused; changes nothing'))
    .option('--ref <ref>', REF)
    .option('--rollback', 'plan a rollback to the good release before the live release')
    .option('--fix-forward', FIX_FORWARD)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/plan.js')).planCommand));

  withConfig(onService('rollback', 'restore the good release before the live release'))
    .option('--soak', 'watch the restored release for the whole time of soak:')
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .action(run(async () => (await import('./commands/rollback.js')).rollbackCommand));

  withConfig(onService('restart', 'start the live release once more, with the newest environment'))
    .option('--fix-forward', FIX_FORWARD)
    .option('--supersede', SUPERSEDE)
    .option('--take-over', TAKE_OVER)
    .option('--stop-first', STOP_FIRST)
    .option('--wait-for-running', 'wait until the running deploy has ended')
    .action(run(async () => (await import('./commands/restart.js')).restartCommand));

  onService('status', 'show the latest deploy')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/status.js')).statusCommand));

  withConfig(onService('doctor', 'examine the hosts, and with --repair repair them'))
    .option('--repair', 'restore last good where it is not live, and remove leftovers')
    .option('--supersede', `with --repair: ${SUPERSEDE}`)
    .option('--take-over', `with --repair: ${TAKE_OVER}`)
    .action(run(async () => (await import('./commands/doctor.js')).doctorCommand));

  onService('cancel', 'stop the running deploy and undo its changes').action(
    run(async () => (await import('./commands/cancel.js')).cancelCommand),
  );

  onService('decide', 'answer a deploy that needs an operator')
    .addArgument(
      new Argument(
        '<choice>',
        'retry: roll back again; accept: leave the hosts as they are; go-forward: try the new release again',
      ).choices(['retry', 'accept', 'go-forward']),
    )
    .option(
      '--question <number>',
      'number of the answered question in the status (default: the open question)',
      wholeNumber,
    )
    .action(run(async () => (await import('./commands/decide.js')).decideCommand));

  withConfig(
    program
      .command('setup')
      .description('print what root must do once on a host, and do that after a yes')
      .argument('<host>', 'name of the host in landfall.yaml')
      .requiredOption('--env <name>', 'name of the environment in landfall.yaml'),
  )
    .option('--as <user>', 'user for the login: root, or a user with full sudo', 'root')
    .option('--authorized-key <file>', 'public key for the login of the deploying user')
    .option('--pin-addresses', 'let the service listen only at its address in landfall.yaml')
    .option('--yes', 'act without the question')
    .action(run(async () => (await import('./commands/setup.js')).setupCommand));

  addEnvCommands(program, run);

  program
    .command('dev')
    .description('start a Temporal engine and a worker on this machine')
    .option('--port <port>', 'port of the engine on loopback', portNumber, '7233')
    .option('--ui-port <port>', 'port of the Temporal UI on loopback', portNumber, '8233')
    .option('--no-ui', 'start without the Temporal UI')
    .option('--temporal <file>', 'path of the temporal executable')
    .option('--database <file>', 'SQLite file of the engine')
    .action(run(async () => (await import('./commands/dev.js')).devCommand));

  program
    .command('worker')
    .description('start a worker for the engine at TEMPORAL_ADDRESS')
    .action(run(async () => (await import('./commands/worker.js')).workerCommand));
}

/** `landfall env`: its commands ask the hosts themselves, so that no value passes the engine. */
function addEnvCommands(program: Command, run: Run): void {
  const env = program
    .command('env')
    .description(
      'variables of a service, kept on its hosts: values are never shown and never pass the engine',
    );
  const on = (name: string, description: string): Command =>
    withConfig(env.command(name).description(description))
      .argument('<service>', 'name of the service in landfall.yaml')
      .requiredOption('--env <name>', 'name of the environment in landfall.yaml')
      .option(
        '--host <name>',
        'only this host; may be given again (default: all of the environment)',
        another,
      );

  on('list', 'show the names of the variables, since when they have their values, and what is live').action(
    run(async () => (await import('./commands/env.js')).envListCommand),
  );
  on('set', 'set variables; values by standard input, or in $EDITOR on a terminal')
    .argument('[names...]', 'one name: standard input is its value; none: lines of NAME=value')
    .action(run(async () => (await import('./commands/env.js')).envSetCommand));
  on('unset', 'remove variables')
    .argument('<names...>', 'names of the variables')
    .action(run(async () => (await import('./commands/env.js')).envUnsetCommand));
  on('diff', 'compare the hosts, and what is live with the newest version')
    .option('--from <version>', 'compare this version', wholeNumber)
    .option('--to <version>', 'with this one (default: the newest)', wholeNumber)
    .action(run(async () => (await import('./commands/env.js')).envDiffCommand));
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', 'configuration of the service', 'landfall.yaml');
}

function another(name: string, before: string[] = []): string[] {
  return [...before, name];
}

function wholeNumber(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number from 1 on.');
}

function portNumber(text: string): string {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('Give a port from 1 to 65535.');
}
