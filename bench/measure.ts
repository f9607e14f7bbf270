/** One deploy under load, and what it cost. */
import { setTimeout as delay } from 'node:timers/promises';
import { answerAt } from '../test/harness/answer';
import type { Ran } from '../test/harness/run-command';
import { PATHS } from './apps';
import type { Contender, ContenderName } from './contenders';
import type { Lab } from './lab';
import { type LoadReport, now, type Rates } from './load';
import type { Scenario, ScenarioName } from './scenarios';

/** Of one question about what serves now. */
const LIMIT_MS = 5000;

/** Connections are open and the service is warm before the deploy begins. */
const WARM_UP_MS = 2000;
/** After the deploy's end: what it did to requests in flight shows by then. */
const TAIL_MS = 2000;
/** For a release that goes bad: the same time for everybody, from its first answer on. */
export const SOAK_WINDOW_MS = 15_000;

/** Which release serves when all is over: the deployed one, the one before it, or none that works. */
export type Ending = 'new' | 'old' | 'bad' | 'down';

export interface Measurement {
  round: number;
  contender: ContenderName;
  scenario: ScenarioName;
  exitCode: number | null;
  wallSeconds: number;
  ending: Ending;
  /** Requests that the deployed release answered. */
  reached: number;
  load: LoadReport;
}

/** A commit, and the version that its release calls itself. */
export interface Version {
  commit: string;
  version: string;
}

interface Deploy {
  round: number;
  contender: Contender;
  scenario: Scenario;
  next: Version;
}

/** @throws when a deploy fails that has to succeed, with its output */
export async function measure(
  lab: Lab,
  { round, contender, scenario, next }: Deploy,
  rates: Rates,
): Promise<Measurement & { output: string }> {
  await contender.warmUp();
  const { load } = lab;
  load.start({ host: lab.host.address, port: contender.port, paths: PATHS }, rates);
  await delay(WARM_UP_MS);
  const from = now();
  const { code, output } = await contender.deploy(next.commit, { soak: scenario.soak, fixForward: false });
  const ended = now();
  lab.mustGoOn();
  const seen = scenario.soak ? load.firstSeen(next.version) : undefined;
  const report = await load.report({
    from,
    to: seen === undefined ? ended + TAIL_MS : seen + SOAK_WINDOW_MS,
  });
  await load.stop();
  const serves = await ending(lab, contender, next.version);
  if (scenario.mustSucceed && (code !== 0 || serves !== 'new')) {
    throw failure(contender, scenario, { code, output });
  }
  return {
    round,
    contender: contender.name,
    scenario: scenario.name,
    exitCode: code,
    wallSeconds: (ended - from) / 1000,
    ending: serves,
    reached: report.versions[next.version] ?? 0,
    load: report,
    output,
  };
}

export function failure(contender: Contender, scenario: { title: string }, { code, output }: Ran): Error {
  return new Error(`${contender.title}: a deploy (${scenario.title}) ended with ${code}:\n${output}`);
}

async function ending(lab: Lab, contender: Contender, version: string): Promise<Ending> {
  const { status, body } = await answerAt(
    `http://${lab.host.address}:${contender.port}${PATHS.quick}`,
    LIMIT_MS,
  );
  if (status === 0) return 'down';
  if (status !== 200) return 'bad';
  return body.includes(`"${version}"`) ? 'new' : 'old';
}
