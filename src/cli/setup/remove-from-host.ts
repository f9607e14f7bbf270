import { failureOf } from '../../deployment/failures';
import { output } from '../../output/output';
import { confirmed } from '../confirmed';
import { CommandError, EXIT } from '../exit-codes';
import type { HostSetup } from './host-setup';
import { nothingLeft, removalLines, removalQuestion, removedLines } from './removal-lines';

interface Removal {
  service: string;
  host: string;
  as: string;
  data: boolean;
  yes: boolean | undefined;
}

/**
 * `landfall setup --remove`: prints what goes and what stays, asks, and removes. Safe to repeat: an interrupted removal
 * is continued, and a complete one finds nothing.
 * @throws CommandError while a deploy is open on the host, or the service runs there and may not be stopped
 */
export async function removeFromHost(setup: HostSetup, removal: Removal): Promise<number> {
  const plan = await inItsOwnWords(setup.plan());
  if (plan.actions.length > 0 || plan.stays?.length) output.say(...removalLines(removal, plan));
  if (plan.actions.length === 0) {
    output.say(nothingLeft(removal, plan));
    return EXIT.deployed;
  }
  if (!(await confirmed(removalQuestion(removal), removal.yes))) return EXIT.usage;
  output.say(...removedLines(removal, await inItsOwnWords(setup.apply())));
  return EXIT.deployed;
}

/** The host's refusals say what to do about a removal. The advice that goes with them elsewhere is about a deploy. */
async function inItsOwnWords<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    const failure = failureOf(error);
    if (failure?.type === 'InvalidInput' || failure?.type === 'Fenced') {
      throw new CommandError(failure.message);
    }
    throw error;
  }
}
