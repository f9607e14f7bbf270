/** The plan at the end of `landfall init`: only where an engine answers, and never a reason to fail. */
import type { Answers } from '../../init/proposal';
import { output } from '../../output/output';
import { connectClient } from '../../temporal/connection';
import { ExpectedError } from '../../text/expected-error';
import { planCommand } from '../commands/plan';
import { errorLines } from '../error-report';

/** @param config path of the landfall.yaml */
export async function planWhereAnswered(
  { service, environment }: Pick<Answers, 'service' | 'environment'>,
  config: string,
): Promise<void> {
  try {
    await (await connectClient(null)).connection.close();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    output.say(
      '',
      'No plan yet: no engine answers. Start one with landfall dev, or name yours in TEMPORAL_ADDRESS.',
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
