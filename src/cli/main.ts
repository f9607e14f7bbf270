import { output } from '../output/output';
import { linesOf } from '../text/safe-text';
import { EXIT } from './exit-codes';
import { addCommands } from './program';
import { LandfallCommand } from './program/landfall-command';

/** Ends the process with the message and the exit code of an error. */
async function endWith(error: unknown): Promise<never> {
  // Loaded now: this needs the client of the SDK, and most commands end without an error.
  const { annotationsOfError, errorLines, exitCodeForError } = await import('./error-report.js');
  const lines = errorLines(error);
  output.endGroup();
  output.complain(...lines);
  for (const each of annotationsOfError(error, lines, process.env)) output.annotate(each);
  process.exit(exitCodeForError(error));
}

// Node itself would print a foreign text unchanged.
process.on('uncaughtException', endWith);

const program = new LandfallCommand('landfall')
  .configureOutput({
    writeOut: (text) => output.say(...linesOf(text.trimEnd())),
    writeErr: (text) => output.complain(...linesOf(text.trimEnd())),
  })
  // Commander's own code for wrong usage is Landfall's, too.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));

addCommands(program, (load) => async (...args) => {
  try {
    const command = await load();
    process.exit(await command(...args));
  } catch (error) {
    await endWith(error);
  }
});

void program.parseAsync();
