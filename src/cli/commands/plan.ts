import { resolve } from 'node:path';
import { type Config, deployInput } from '../../config';
import type { DeployInput } from '../../config/deploy-input';
import { output } from '../../output/output';
import { connectClient } from '../../temporal/connection';
import { writePlanSummary } from '../ci/ci-files';
import { CommandError, EXIT } from '../exit-codes';
import { refToDeploy, requesterOf } from '../invocation-context';
import { planLines } from '../output/plan-report';
import { planned } from '../run/plan-deploy';
import { configOf } from '../service-config';

export interface PlanOptions {
  env: string;
  config: string;
  ref?: string;
  rollback?: boolean;
  fixForward?: boolean;
  takeOver?: boolean;
  stopFirst?: boolean;
  json?: boolean;
}

/** `landfall plan`: what a deploy or a rollback would do, without doing it. @returns the exit code */
export async function planCommand(service: string, options: PlanOptions): Promise<number> {
  const config = configOf(service, options.config);
  const input = inputOf(config, options);
  const client = await connectClient(config.controller);
  const told = await planned(client, input, options.json ?? false);
  if (options.json) output.json(told);
  else output.say(...planLines(told));
  writePlanSummary(told, process.env);
  return told.wouldBeRefused ? EXIT.rejected : EXIT.deployed;
}

function inputOf(config: Config, options: PlanOptions): DeployInput {
  const { env: environment, rollback = false, ref } = options;
  if (rollback && ref !== undefined)
    throw new CommandError(
      '--rollback and --ref exclude each other: a rollback takes the release before the live one.',
    );
  const wanted = rollback ? null : refToDeploy(ref, resolve(options.config), process.env);
  if (!rollback && wanted === null)
    throw new CommandError(
      'The commit to plan is unknown: this folder is not a Git checkout. Name the commit with --ref, best as a full SHA.',
    );
  return deployInput(config, {
    environment,
    ...(wanted === null ? { previous: true as const, soak: false } : { ref: wanted }),
    by: requesterOf(process.env),
    ciRun: null,
    // As in `landfall rollback`: the live release may be the reason for it.
    fixForward: rollback || (options.fixForward ?? false),
    takeOver: options.takeOver ?? false,
    stopFirst: options.stopFirst ?? false,
  });
}
