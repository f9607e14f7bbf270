import { CommanderError } from 'commander';
import { addCommands } from '../../../src/cli/program';
import { LandfallCommand } from '../../../src/cli/program/landfall-command';

/** Types a command, of which nothing is run. */
export async function type(...words: string[]) {
  const said: string[] = [];
  let called = false;
  const program = new LandfallCommand('landfall')
    .configureOutput({ writeOut: (text) => said.push(text), writeErr: (text) => said.push(text) })
    .exitOverride();
  addCommands(program, () => async () => {
    called = true;
  });
  const error = await program.parseAsync(words, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error !== null && !(error instanceof CommanderError)) throw error;
  return { said: said.join(''), called, program };
}

/** The words of a call: without variables before it, and without what the shell does around it. */
export function wordsOf(line: string): string[] {
  const [, words = ''] = /(?:^|[|(] ?|=\S+ |&& |\$ )landfall ([^|<>)]*)/.exec(line) ?? [];
  return [...words.replace(/\s#.*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}
