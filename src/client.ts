#!/usr/bin/env node
import './compile-cache';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { deployCommand, rollbackCommand } from './cli/commands/deploy';
import type { DevOptions } from './cli/commands/dev';
import { doctorCommand } from './cli/commands/doctor';
import type { SetupOptions } from './cli/commands/setup';
import { cancelCommand, decideCommand, statusCommand } from './cli/commands/steer';
import { CommandError, EXIT } from './cli/exit-codes';
import { engineErrorText, isEngineError } from './cli/run/engine-outage';
import { failureOf } from './deployment/failures';
import { output } from './output/output';
import { EngineUnreachable } from './temporal/connection';
import { ExpectedError } from './text/expected-error';
import { linesOf } from './text/safe-text';

// Only the controller's commands need the worker's half of the SDK and SSH: loaded when asked for,
// because that takes longer than a whole `landfall status`.

/** Runs a command and ends the process with its exit code; every foreseen error is a message, not a stack. */
function run<A extends unknown[]>(command: (...args: A) => Promise<number>): (...args: A) => Promise<never> {
  return async (...args) => {
    try {
      process.exit(await command(...args));
    } catch (error) {
      leaveWith(error);
    }
  };
}

function leaveWith(error: unknown): never {
  output.complain(...messageOf(error));
  process.exit(exitCodeFor(error));
}

// Node itself would print it as it is.
process.on('uncaughtException', leaveWith);

function messageOf(error: unknown): string[] {
  const failure = failureOf(error);
  if (failure !== null) return [`${failure.type}: ${failure.message}`, failure.details.advice];
  if (isEngineError(error)) return [`The Temporal engine refused or was lost: ${engineErrorText(error)}`];
  if (error instanceof ExpectedError) return error.lines;
  return linesOf(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  // An engine that is lost later may well have the deploy running; `deploy` itself tells these apart.
  const unreachable = error instanceof EngineUnreachable || isEngineError(error);
  return unreachable ? EXIT.engineUnreachable : EXIT.usage;
}

const program = new Command('landfall')
  .description(
    'Deploys a Python web service to Linux hosts: proven before traffic, watched after, rolled back when it fails.',
  )
  .showHelpAfterError()
  .configureOutput({
    writeOut: (text) => output.say(...linesOf(text.trimEnd())),
    writeErr: (text) => output.complain(...linesOf(text.trimEnd())),
  })
  // Commander's own code for wrong usage is ours as well.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));

function onService(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<service>', 'the service, as landfall.yaml names it')
    .requiredOption('--env <name>', 'the environment, as landfall.yaml names it');
}

function wholeNumber(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

function portNumber(text: string): string {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('It must be a port, from 1 to 65535.');
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', 'configuration of the service', 'landfall.yaml');
}

withConfig(onService('deploy', 'deploy a commit, or attach to its deploy that already runs'))
  .option('--ref <ref>', "commit to deploy; default: the CI's commit, else HEAD of this checkout")
  .option('--fix-forward', 'deploy although the live release is not ready now')
  .option('--supersede', 'get past a deploy that waits for an operator or an unreachable host, or soaks')
  .option('--take-over', "take hosts over from another engine's unfinished deploy")
  .option(
    '--stop-first',
    'stop the old release, and every process of its user, before anything of the new one runs: for one that may be compromised; interrupts the service',
  )
  .option('--wait-for-running', 'wait for a running deploy of another commit instead of giving up')
  .option('--again', 'try again what this CI run has already tried')
  .action(run(deployCommand));

withConfig(onService('rollback', 'put the good release before the live one back in service'))
  .option('--soak', 'watch it on again for the whole time of soak:, as when it was new')
  .option('--supersede', 'get past a deploy that waits for an operator or an unreachable host, or soaks')
  .option('--take-over', "take hosts over from another engine's unfinished deploy")
  .option(
    '--stop-first',
    'stop the old release, and every process of its user, before anything of the new one runs: for one that may be compromised; interrupts the service',
  )
  .action(run(rollbackCommand));

onService('status', 'how the latest deploy stands')
  .option('--json', 'for programs')
  .action(run(statusCommand));

withConfig(onService('doctor', 'how the hosts themselves stand; with --repair, mend what was left there'))
  .option('--repair', 'put last good back in service where it is not, and tidy up')
  .option('--supersede', 'with --repair: get past a deploy that waits for an operator or soaks')
  .option('--take-over', "with --repair: take hosts over from another engine's unfinished deploy")
  .action(run(doctorCommand));

onService('cancel', 'stop the running deploy and undo what it did').action(run(cancelCommand));

program
  .command('decide')
  .description('answer a deploy that needs an operator')
  .argument('<service>', 'the service, as landfall.yaml names it')
  .addArgument(
    new Argument('<choice>', 'roll back again, leave it as it is, or try the new release again').choices([
      'retry',
      'accept',
      'go-forward',
    ]),
  )
  .requiredOption('--env <name>', 'the environment, as landfall.yaml names it')
  .option(
    '--question <number>',
    'the question that is answered, as the status names it; default: the one that is asked now',
    wholeNumber,
  )
  .action(run(decideCommand));

withConfig(
  program
    .command('setup')
    .description('print, then do, what root must do once on a host')
    .argument('<host>', 'the host, as landfall.yaml names it')
    .requiredOption('--env <name>', 'the environment, as landfall.yaml names it'),
)
  .option('--as <user>', 'who logs in to do it: root, or somebody with full sudo', 'root')
  .option('--authorized-key <file>', 'public key that the deploying user accepts, when it is created')
  .option(
    '--pin-addresses',
    'let the service listen where landfall.yaml says for this host, and nowhere else',
  )
  .option('--yes', 'do it without asking')
  .action(
    run(async (host: string, options: SetupOptions) =>
      (await import('./cli/commands/setup.js')).setupCommand(host, options),
    ),
  );

program
  .command('dev')
  .description('start a Temporal engine and a worker on this machine')
  .option('--port <port>', "the engine's port on loopback", portNumber, '7233')
  .option('--ui-port <port>', "the Temporal UI's port on loopback", portNumber, '8233')
  .option('--no-ui', 'without the Temporal UI')
  .option('--temporal <file>', 'the temporal executable')
  .option('--database <file>', 'SQLite file of the engine')
  .action(run(async (options: DevOptions) => (await import('./cli/commands/dev.js')).devCommand(options)));

program
  .command('worker')
  .description('run a worker for the engine that TEMPORAL_ADDRESS names')
  .action(run(async () => (await import('./cli/commands/dev.js')).workerCommand()));

void program.parseAsync();
