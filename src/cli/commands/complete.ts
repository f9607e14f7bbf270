import type { Command } from 'commander';
import { output } from '../../output/output';
import { completionsFor } from '../completion/complete';
import { knownNamesIn } from '../completion/known-names';
import { EXIT } from '../exit-codes';

/** `landfall complete`: answers the script of a shell. @returns the exit code */
export async function completeCommand(program: Command, words: string[]): Promise<number> {
  const found = completionsFor(program, words, knownNamesIn);
  if (found === 'files') output.document(':files');
  else output.document(...found.map(({ word, description }) => `${word}\t${description}`));
  return EXIT.deployed;
}
