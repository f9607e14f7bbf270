import { another, type Run, withConfig } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** `landfall controller key`: the keys that open the door of a controller. */
export function addKeyCommands(controller: LandfallCommand, run: Run): void {
  const key = controller
    .command('key')
    .description('the SSH keys of people and CI, and what each may ask for') as LandfallCommand;
  const on = (name: string, description: string): LandfallCommand =>
    (key.command(name) as LandfallCommand)
      .description(description)
      .argument('<machine>', 'HOST, USER@HOST or USER@HOST:PORT for ssh; the user is root or has full sudo');

  withConfig(on('add', 'let a key deploy; a name that is there gets the new key and the new rights'))
    .argument('<name>', 'name of the key, which runs show as the one who asked')
    .requiredOption('--key <file>', 'the public key')
    .option('--service <name>', 'a service that the key may act on; may be given again', another)
    .option('--environment <name>', 'an environment; may be given again', another)
    .option(
      '--command <words>',
      "a command, such as deploy or 'deploy --supersede'; may be given again",
      another,
    )
    .option('--operator', 'the key reaches the engine, so every command works and no list limits it')
    .example(
      'landfall controller key add root@ops github-shop --key ci.pub --service shop --environment production --command deploy --command status',
      'let a CI deploy one service, and nothing else',
    )
    .example(
      'landfall controller key add root@ops ada --key ada.pub --operator',
      'let a person use every command by controller: ssh://landfall@ops',
    )
    .action(run(async () => (await import('../commands/controller/key.js')).controllerKeyAddCommand));

  on('list', 'show the keys, and what each may')
    .example('landfall controller key list root@ops', 'see who may deploy')
    .action(run(async () => (await import('../commands/controller/key.js')).controllerKeyListCommand));

  on('remove', 'take a key away')
    .argument('<name>', 'name of the key')
    .example('landfall controller key remove root@ops github-shop', 'lock out a key')
    .action(run(async () => (await import('../commands/controller/key.js')).controllerKeyRemoveCommand));
}
