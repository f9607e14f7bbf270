import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { restoreScript } from '../../../controller/install/backup-script';
import { output } from '../../../output/output';
import { confirmed } from '../../confirmed';
import { lastLine, Machine } from '../../controller/machine';
import { CommandError } from '../../exit-codes';

/**
 * `landfall controller restore`: replaces the state of an installed controller by that of a backup. Acts after a yes.
 * @returns the exit code
 */
export async function controllerRestoreCommand(
  name: string,
  file: string,
  options: { yes?: boolean },
): Promise<number> {
  const machine = Machine.named(name);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new CommandError(`${file} is not a file that can be read.`);
  const { openRuns } = await machine.installed();
  output.say(`On ${machine.name}: history, signing key, keys and policy are replaced by those of ${file}.`);
  if (openRuns !== null && openRuns.length > 0)
    output.say(`  ! These runs are open there, and are lost: ${openRuns.join(', ')}`);
  if (!(await confirmed('Do this now?', options.yes))) return 1;
  const { code, said, stderr } = await machine.run(restoreScript(), { payload: createReadStream(file) });
  const value = (wanted: string) => said.find((one) => one.name === wanted)?.value;
  if (value('no-backup') !== undefined) {
    throw new CommandError(`${file} is not a complete backup of a controller. Nothing was changed.`);
  }
  const notStarted = value('not-started');
  if (notStarted !== undefined) {
    throw new CommandError(
      `The backup is there, but ${notStarted} does not start. Look at: landfall controller logs ${machine.name}`,
    );
  }
  if (code !== 0) {
    throw new CommandError([
      `The backup was not restored on ${machine.name}: ${lastLine(stderr)}`,
      'Correct that, then run the same command again.',
    ]);
  }
  output.say(
    `Done: ${machine.name} continues where the backup was made. Runs that were open then continue. A host refuses the steps of a run that has ended there since.`,
  );
  return 0;
}
