import { output } from '../output/output';
import { CommandError } from './exit-codes';

/**
 * Asks on the terminal, unless `--yes` was given.
 * @throws CommandError without a terminal
 */
export async function confirmed(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    throw new CommandError('There is no terminal to ask on: use --yes to act without a question.');
  }
  if (/^y(es)?$/i.test((await output.ask(`${question} [y/N]`)).trim())) return true;
  output.say('Nothing was changed.');
  return false;
}
