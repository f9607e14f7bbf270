import { COMMAND, HOME, PROGRAMS, SETTINGS, UNITS, USER } from '../../../controller/install/layout';
import { uninstallScript } from '../../../controller/install/uninstall-script';
import { output } from '../../../output/output';
import { confirmed } from '../../confirmed';
import { lastLine, Machine } from '../../controller/machine';
import { CommandError } from '../../exit-codes';

export interface UninstallOptions {
  abandon?: boolean;
  yes?: boolean;
}

/** `landfall controller uninstall`: leaves nothing of it there. Acts after a yes. @returns the exit code */
export async function controllerUninstallCommand(name: string, options: UninstallOptions): Promise<number> {
  const machine = Machine.named(name);
  const facts = await machine.facts();
  if (facts.userHome !== HOME && facts.versions.length === 0 && facts.databaseBytes === null) {
    output.say(`There is no controller on ${machine.name}; nothing to do.`);
    return 0;
  }
  const open = facts.openRuns ?? [];
  if (open.length > 0 && options.abandon !== true) {
    throw new CommandError([
      `These runs are open on ${machine.name}: ${open.join(', ')}`,
      'Wait for their end, or cancel them (landfall cancel). To leave their hosts as they are: --abandon.',
    ]);
  }
  output.say(
    `On ${machine.name}:`,
    `  - services ${UNITS.join(' and ')}`,
    `  - ${COMMAND}, ${PROGRAMS}, ${SETTINGS}`,
    `  - ${HOME}: the history of deploys, the signing key, the key for hosts`,
    `  - user ${USER}`,
    `  ! Hosts keep their releases and the controller's public key. Save the rest first: landfall controller backup ${machine.name} FILE`,
    ...(open.length > 0 ? [`  ! Abandoned: ${open.join(', ')}`] : []),
    ...(facts.openRuns === null && facts.databaseBytes !== null
      ? ['  ! The engine does not answer: a deploy may be under way, and would be abandoned.']
      : []),
  );
  if (!(await confirmed('Remove all of this now?', options.yes))) return 1;
  const { code, stderr } = await machine.run(uninstallScript());
  if (code === 0) {
    output.say(`Done: nothing of the controller is left on ${machine.name}.`);
    return 0;
  }
  throw new CommandError([
    `The controller on ${machine.name} was not removed completely: ${lastLine(stderr)}`,
    'Correct that, then run the same command again.',
  ]);
}
