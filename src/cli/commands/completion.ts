import { output } from '../../output/output';
import { SCRIPTS, type Shell } from '../completion/scripts';
import { EXIT } from '../exit-codes';

/** `landfall completion`: the script for a shell. @returns the exit code */
export async function completionCommand(shell: Shell): Promise<number> {
  output.document(...SCRIPTS[shell].split('\n'));
  return EXIT.deployed;
}
