/** The values of `landfall up`: of a file, or typed unseen. Never of the command line. */
import { readFileSync } from 'node:fs';
import { output } from '../../output/output';
import { fromLines } from '../env/read-values';
import { CommandError } from '../exit-codes';

/** @returns values and sentences about them @throws CommandError that shows no value */
export function valuesIn(file: string): { values: Map<string, string>; notices: string[] } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const why = error instanceof TypeError ? 'is not UTF-8 text' : 'cannot be read';
    throw new CommandError(`The file ${file} of --variables ${why}. Nothing was changed.`);
  }
  return fromLines(text, [], false);
}

/** Asks for each of these. An empty answer leaves the variable out. */
export async function typedValues(names: string[]): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  if (names.length > 0)
    output.say(
      '',
      'Values are not shown. They go to the hosts alone. An empty answer leaves a variable out.',
    );
  for (const name of names) {
    const value = await output.askSecret(`  ${name}:`);
    if (value !== '') values.set(name, value);
  }
  return values;
}
