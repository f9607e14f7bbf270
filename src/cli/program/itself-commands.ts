import { Argument } from 'commander';
import { SHELLS } from '../completion/scripts';
import type { Run } from './arguments';
import type { LandfallCommand } from './landfall-command';

/** The commands about the command line. */
export function addItselfCommands(program: LandfallCommand, run: Run): void {
  program
    .command('completion')
    .description(
      'print a script with which your shell completes commands, options, services and environments',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .example('source <(landfall completion bash)', 'complete in this shell; in ~/.bashrc: in every one')
    .example('landfall completion zsh > ~/.zfunc/_landfall', 'install for zsh, with ~/.zfunc in fpath')
    .example('landfall completion fish > ~/.config/fish/completions/landfall.fish', 'install for fish')
    .action(
      run(async () => {
        const { completionCommand } = await import('../commands/completion.js');
        return completionCommand;
      }),
    );

  // The scripts ask this command at each TAB: one logic for all shells, which always fits the installed version.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(
      run(async () => {
        const { completeCommand } = await import('../commands/complete.js');
        return (words: string[]) => completeCommand(program, words);
      }),
    );
}
