import { output } from '../../output/output';
import { connectClient } from '../../temporal/connection';
import { runMarkdown } from '../ci/run-markdown';
import { outputLines } from '../ci/run-report';
import { EXIT, exitCodeOf } from '../exit-codes';
import { knownController } from '../known-controller';
import { summaryOf } from '../output/report';
import { blockersOf } from '../run/blockers';
import { runOfCi } from '../run/ci-run';
import { findRun } from '../run/find-run';
import { evidenceOfRun } from '../run/run-evidence';
import { TERMINATED, wasAbandoned } from '../run/run-info';
import { wholeStatus } from '../run/whole-status';

export interface StatusOptions {
  env: string;
  config: string;
  json?: boolean;
  markdown?: boolean;
  outputs?: boolean;
  ciRun?: string;
}

/** `landfall status`: the state of the latest deploy, read without a worker. @returns the exit code */
export async function statusCommand(service: string, options: StatusOptions): Promise<number> {
  const client = await connectClient(knownController(options.config));
  const latest = await findRun(client, service, options.env);
  const run = options.ciRun === undefined ? latest : await runOfCi(client, latest, options.ciRun);
  const { open, started } = run;
  const whole = run.status && (await wholeStatus(client, run, run.status));
  const status = whole?.status ?? null;
  if (options.markdown || options.outputs) {
    const evidence = options.markdown ? await evidenceOfRun(client, run) : [];
    const report = { runId: run.runId, status: wasAbandoned(run) ? null : status, evidence, uiUrl: null };
    output.document(...(options.markdown ? runMarkdown(report) : []));
    output.document(...(options.outputs ? outputLines(report) : []));
    return EXIT.deployed;
  }
  const blockers = await blockersOf(client, run);
  if (options.json) {
    output.json({ runId: run.runId, open, started, status, blockers: blockers.lines });
  } else if (wasAbandoned(run)) {
    output.say(`Started ${started.toISOString()}.`, ...TERMINATED);
  } else if (status === null) {
    output.say(
      'The latest run has no status that this version of Landfall can read. See the run in the Temporal UI.',
    );
  } else {
    output.say(`Started ${started.toISOString()} by ${status.by}.`, ...summaryOf(status, [], null));
    if (whole?.note) output.say('', whole.note);
  }
  if (!options.json) {
    if (open && run.doing !== '') output.say('', `In progress: ${run.doing}`);
    if (blockers.lines.length > 0) output.say('', ...blockers.lines);
  }
  if (blockers.stuck) return EXIT.needsOperator;
  if (open && status?.outcome === null) return EXIT.deployed;
  return wasAbandoned(run) ? EXIT.needsOperator : exitCodeOf(status);
}
