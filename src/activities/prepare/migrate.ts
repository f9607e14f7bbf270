import type { ServiceSettings } from '../../config/deploy-input';
import { fail } from '../../deployment/failures';
import { makesFiles } from '../../deployment/plan/migration';
import { causeOfStart } from '../../deployment/start-causes/start-causes';
import type { Dependencies } from '../dependencies';
import { howItEnded, lastLine, moreTime, runJob, succeeded } from '../run-job';
import { type Claimed, hostOf, type Noted, seconds } from '../step';

export interface MigrateInput extends Claimed, Pick<ServiceSettings, 'env'> {
  release: string;
  migrate: NonNullable<ServiceSettings['migrate']>;
}

/** Characters of the last line in a headline; the whole output is shown below it. */
const LONGEST_LINE = 300;

/**
 * Runs the service's own migration command, once per deploy and host, as the service's user. A retry
 * finds the running command or its result and never starts it twice. It is not undone by a rollback.
 * @throws CommandFailed with its output
 */
export function migrate(dependencies: Dependencies) {
  return async (input: MigrateInput): Promise<Noted> => {
    const { command, timeout, memory } = input.migrate;
    const state = await runJob(
      hostOf(dependencies, input),
      input,
      {
        step: 'migrate',
        as: 'service',
        release: input.release,
        // env looks the command up in the job's PATH, where the virtual environment comes first.
        argv: ['/usr/bin/env', '--', ...command],
        env: input.env,
        timeout,
        memory,
      },
      { repeatable: false },
    );
    if (succeeded(state))
      return {
        note: `${lastLine(state.output)} (${seconds(state.elapsedMilliseconds)})${why(input.migrate)}`,
      };
    const host = input.host.name;
    const started = { host, app: '', dependencies: 'the dependencies' };
    const told = state.result === 'exit-code' ? causeOfStart([state.output], started) : null;
    const how = howItEnded(state, timeout, 'migrate.memory');
    const last = lastLine(state.output).slice(0, LONGEST_LINE);
    throw fail(
      'CommandFailed',
      `The migration on ${host} ${how}${told === null ? (last === '' ? '.' : `: ${last}`) : `: ${told.message}`}`,
      {
        host,
        advice: `${told?.advice ?? `Read in its output how far it came. ${moreTime(state, timeout, 'migrate.memory') ?? ''}`.trim()} The live release was not changed. Then deploy again.`,
        evidence: { output: state.output },
      },
    );
  };
}

/** Why it runs on each host, where landfall.yaml does not say it. */
function why(migration: MigrateInput['migrate']): string {
  const word = makesFiles(migration);
  return word === null ? '' : `; on each host, because ${word} makes files there (migrate.hosts)`;
}
