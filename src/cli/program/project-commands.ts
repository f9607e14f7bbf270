import { Option } from 'commander';
import { another, type Run, withConfig } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands for the repository of a service: they change nothing on any host. */
export function addProjectCommands(program: LandfallCommand, run: Run): void {
  program
    .command('init')
    .description('write the landfall.yaml and the CI file of a service, from the files of its checkout')
    .argument('[folder]', 'folder of the service', '.')
    .option('--host <name>', 'host to deploy to, as [user@]address[:port]; may be given again', another)
    .option('--env-name <name>', 'name of the environment', 'production')
    .option('--service <name>', 'name of the service (default: of the project or its repository)')
    .option('--repository <address>', 'Git address for the controller (default: of the remote origin)')
    .option('--app <module:attribute>', 'the ASGI or WSGI app (default: found in the code)')
    .option('--controller <address>', 'machine that your team deploys from (default: none yet)')
    .addOption(
      new Option('--ci <kind>', 'CI file to write (default: by the remote)').choices([
        'github',
        'gitlab',
        'none',
      ]),
    )
    .option('--readiness', 'add a readiness route to an app of FastAPI, Django or Flask that has none')
    .option('--no-plan', 'do not plan a deploy at the end')
    .option('--force', 'replace files that are there already')
    .option('--print', 'print the landfall.yaml, and write nothing')
    .option('--yes', 'write without questions')
    .example('landfall init', 'describe the service of this checkout, with questions')
    .example('landfall init --yes --host web1.example.com', 'do the same in a script')
    .example(
      'landfall init --controller ssh://landfall@ops.example.com',
      'let CI deploy over SSH, through the controller of your team',
    )
    .example('landfall init services/shop --print --host web1.example.com', 'see the file, and write nothing')
    .action(run(async () => (await import('../commands/init.js')).initCommand));

  withConfig(
    program
      .command('up')
      .description('set the hosts up and deploy HEAD of this checkout: one plan, one question')
      .argument('[user@host]', 'the host, and its administrator: root, or a user with full sudo')
      .option('--env <name>', 'name of the environment in landfall.yaml', 'production'),
  )
    .option('--variables <file>', 'variables of the service, as lines of NAME=value')
    .option(
      '--domain <name>',
      'serve the environment under this domain, with TLS; written into landfall.yaml',
    )
    .option('--authorized-key <file>', 'public key for the deploys (default: the key of this login)')
    .option('--host-key <fingerprint>', 'trust this new host key, SHA256:…; may be given again', another)
    .option('--yes', 'act without the question')
    .example(
      'landfall up root@web1.example.com',
      'from a repository to a service that serves, with questions',
    )
    .example(
      'landfall up root@web1.example.com --domain shop.example.com',
      'the same, with Caddy or nginx and a certificate in front',
    )
    .example('landfall up', 'do what is left: deploy the next commit of a service that is set up')
    .example(
      'landfall up root@web1.example.com --yes --variables shop.env',
      'do the same in a script, with the variables of a file',
    )
    .action(run(async () => (await import('../commands/up.js')).upCommand));

  withConfig(
    program.command('validate').description('check a landfall.yaml alone, and say what the file describes'),
  )
    .option('--json', 'print JSON')
    .example('landfall validate', 'check the landfall.yaml of this folder')
    .example('landfall validate --config services/shop/landfall.yaml --json', 'check a file in a program')
    .action(run(async () => (await import('../commands/validate.js')).validateCommand));
}
