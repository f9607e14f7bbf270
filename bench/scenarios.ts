import { app, CANNOT_BE_IMPORTED, CRASHES_AT_START_UP, GOES_BAD, NEVER_READY } from './apps';

export type ScenarioName = 'good' | 'import' | 'start-up' | 'never-ready' | 'goes-bad';

/** One kind of release to deploy. */
export interface Scenario {
  name: ScenarioName;
  /** In the table. */
  title: string;
  /** Above its part of the picture. */
  heading: string;
  /** Whether a deploy that does not succeed ends the bench. */
  mustSucceed: boolean;
  /** The release is watched for a while after it has gone into service. */
  soak: boolean;
  /** The commit's files. */
  files(version: string): Record<string, string>;
}

export const GOOD = scenario('good', 'is good', '', { heading: 'A good release', mustSucceed: true });

export const SCENARIOS: readonly Scenario[] = [
  GOOD,
  scenario('import', 'cannot be imported', CANNOT_BE_IMPORTED),
  scenario('start-up', 'crashes at start-up', CRASHES_AT_START_UP),
  scenario('never-ready', 'is never ready', NEVER_READY),
  scenario('goes-bad', 'goes bad after 2 s', GOES_BAD, { soak: true }),
];

function scenario(
  name: ScenarioName,
  title: string,
  fault: string,
  { heading = `A release that ${title}`, mustSucceed = false, soak = false } = {},
): Scenario {
  return { name, title, heading, mustSucceed, soak, files: (version) => app(version, fault) };
}
