/** The plan at the end of `landfall init`: only where an engine answers, and never a reason to fail. */
import { controllerText } from '../../config/controller-address';
import type { Answers } from '../../init/proposal';
import { output } from '../../output/output';
import { connectClient } from '../../temporal/connection';
import { ExpectedError } from '../../text/expected-error';
import { planCommand } from '../commands/plan';
import { errorLines } from '../error-report';

/** @param config path of the landfall.yaml */
export async function planWhereAnswered(
  { service, environment, controller }: Pick<Answers, 'service' | 'environment' | 'controller'>,
  config: string,
): Promise<void> {
  try {
    await (await connectClient(controller)).connection.close();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    output.say(
      '',
      controller === null
        ? 'No plan yet: no engine answers. Start one with landfall dev, or name yours in TEMPORAL_ADDRESS.'
        : `No plan yet: ${controllerText(controller)} did not answer. ${error.lines[0] ?? ''}`,
    );
    return;
  }
  output.say('');
  try {
    await planCommand(service, { env: environment, config });
  } catch (error) {
    // The files are written, and the plan can be repeated.
    output.say('The plan failed:', ...errorLines(error));
  }
}
