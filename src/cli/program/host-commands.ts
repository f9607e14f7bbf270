import { Option } from 'commander';
import { another, inEnvironment, onService, type Run, wholeNumber, withConfig } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands that ask the hosts themselves, without the engine. */
export function addHostCommands(program: LandfallCommand, run: Run): void {
  program
    .command('adopt')
    .description('read how a service runs that was set up by hand, and write its landfall.yaml')
    .argument('<host>', 'the host, as [user@]name[:port]')
    .argument('<unit>', 'its systemd unit')
    .option('--env <name>', 'name of the environment in landfall.yaml', 'production')
    .option('--as <user>', 'user for the login: root, or a user with full sudo, sees most')
    .option('--output <file>', 'the file to write', 'landfall.yaml')
    .addOption(
      new Option('--layout <layout>', 'where the service is to run from: releases, or the checkout it is in')
        .choices(['releases', 'in-place'])
        .default('releases'),
    )
    .option('--print', 'print the text, and write no file')
    .option('--force', 'overwrite the file')
    .option(
      '--move-secrets',
      'first move the settings of the unit into a file that only root can read; no value is shown',
    )
    .option('--yes', 'act without the question')
    .example('landfall adopt deploy@web1.example.com shop.service', 'read a service, and write landfall.yaml')
    .example('landfall adopt deploy@web1 shop.service --layout in-place', 'keep the service in its checkout')
    .example(
      'landfall adopt web1.example.com shop.service --as root --move-secrets',
      'move the settings of its unit into a file first',
    )
    .action(run(async () => (await import('../commands/adopt.js')).adoptCommand));

  withConfig(
    inEnvironment(
      program
        .command('setup')
        .description('print what root must do once on a host, and do that after a yes')
        .argument('<host>', 'name of the host in landfall.yaml'),
    ),
  )
    .option('--as <user>', 'user for the login: root, or a user with full sudo', 'root')
    .option('--authorized-key <file>', 'public key for the login of the deploying user')
    .option('--pin-addresses', 'let the service listen only at its address in landfall.yaml')
    .addOption(
      new Option('--remove', 'remove what Landfall has on the host for this service').conflicts([
        'authorizedKey',
        'pinAddresses',
      ]),
    )
    .option('--stop', 'with --remove: also stop the service')
    .option('--data', 'with --remove: also remove the data, the variables and the users of the service')
    .option('--yes', 'act without the question')
    .example(
      'landfall setup web1.example.com --env production',
      'prepare a host: see the actions, then say yes',
    )
    .example(
      'landfall setup web1.example.com --env production --as admin --yes',
      'update the helper on a host from a script, as a user with full sudo',
    )
    .example(
      'landfall setup web1.example.com --env production --remove --stop --data',
      'stop a service, and leave nothing of it and of Landfall on the host',
    )
    .action(run(async () => (await import('../commands/setup.js')).setupCommand));

  withConfig(
    program
      .command('eject')
      .description('give a service back: plain units, a checkout and a script that need nothing of Landfall')
      .argument('<names...>', 'the service, which means all its hosts, or names of hosts'),
  )
    .option('--env <name>', 'name of the environment in landfall.yaml (default: the only one)')
    .option('--checkout <dir>', 'where the checkout is made (default: app in the folder of the service)')
    .option('--as <user>', 'user for the login: root, or a user with full sudo', 'root')
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--yes', 'act without the question')
    .example('landfall eject shop --env production --dry-run', 'see what each host would get')
    .example('landfall eject web1.example.com --env production', 'give one host back, after a yes')
    .action(run(async () => (await import('../commands/eject.js')).ejectCommand));

  addEnvCommands(program, run);
}

/** `landfall env`: no value passes the engine. */
function addEnvCommands(program: LandfallCommand, run: Run): void {
  const env = program
    .command('env')
    .description(
      'variables of a service, kept on its hosts: values are never shown and never pass the engine',
    );
  const on = (name: string, description: string): LandfallCommand =>
    withConfig(onService(env, name, description)).option(
      '--host <name>',
      'only this host; may be given again (default: all of the environment)',
      another,
    );

  on('list', 'show the names of the variables, since when they have their values, and what is live')
    .example('landfall env list shop --env production', 'see which variables the hosts have')
    .action(run(async () => (await import('../commands/env.js')).envListCommand));
  on('set', 'set variables; values by standard input, or in $EDITOR on a terminal')
    .argument('[names...]', 'one name: standard input is its value; none: lines of NAME=value')
    .example('landfall env set shop --env production', 'edit variables in $EDITOR')
    .example('landfall env set shop --env production < shop.env', 'set the variables of a file')
    .example(
      'pass show shop/token | landfall env set shop API_TOKEN --env production',
      'set one variable without a file',
    )
    .action(run(async () => (await import('../commands/env.js')).envSetCommand));
  on('unset', 'remove variables')
    .argument('<names...>', 'names of the variables')
    .example('landfall env unset shop API_TOKEN --env production', 'remove a variable from every host')
    .action(run(async () => (await import('../commands/env.js')).envUnsetCommand));
  on('diff', 'compare the hosts, and what is live with the newest version')
    .option('--from <version>', 'compare this version', wholeNumber)
    .option('--to <version>', 'with this one (default: the newest)', wholeNumber)
    .example('landfall env diff shop --env production', 'see what a restart would apply')
    .example('landfall env diff shop --env production --from 3 --to 5', 'compare two versions')
    .action(run(async () => (await import('../commands/env.js')).envDiffCommand));
}
