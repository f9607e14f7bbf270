import { type Contender, contendersIn } from './contenders';
import type { Lab } from './lab';
import { failure, type Measurement, measure, type Version } from './measure';
import type { Options } from './options';
import { GOOD, SCENARIOS, type Scenario } from './scenarios';

/** All deploys of a run, in turn: in each round every scenario, in each scenario every contender. */
export class Rounds {
  readonly contenders: Contender[];
  readonly measurements: Measurement[] = [];
  /** The output of the last good deploy of each contender. */
  readonly lastOutputs = new Map<string, string>();
  private commits = 0;

  constructor(
    private readonly lab: Lab,
    private readonly options: Options,
    private readonly say: (line: string) => void,
  ) {
    this.contenders = contendersIn(lab, options.only);
  }

  async run(): Promise<void> {
    for (const contender of this.contenders) {
      await contender.setUp();
      await this.deployGood(contender);
      this.say(`${contender.title}: set up; the first release, with its dependencies, is live`);
    }
    const scenarios = SCENARIOS.filter(({ name }) => this.options.scenario.includes(name));
    const inAll = this.options.rounds * scenarios.length * this.contenders.length;
    for (let round = 1; round <= this.options.rounds; round++) {
      for (const scenario of scenarios) {
        for (const contender of rotated(this.contenders, round)) {
          const measurement = await this.takeTurn(round, contender, scenario);
          this.say(`${this.measurements.length}/${inAll} ${lineOf(measurement)}`);
        }
      }
    }
  }

  private async takeTurn(round: number, contender: Contender, scenario: Scenario): Promise<Measurement> {
    const next = this.commit(scenario);
    const rates = { fresh: this.options.rate, kept: this.options.rate, slow: this.options.rate };
    const { output, ...measurement } = await measure(this.lab, { round, contender, scenario, next }, rates);
    this.measurements.push(measurement);
    if (scenario === GOOD) this.lastOutputs.set(contender.name, output);
    // The next one shall begin with a release that works.
    if (measurement.ending === 'bad' || measurement.ending === 'down') await this.deployGood(contender);
    return measurement;
  }

  /** Not measured. */
  private async deployGood(contender: Contender): Promise<void> {
    const { commit } = this.commit(GOOD);
    await contender.warmUp();
    const ran = await contender.deploy(commit, { soak: false, fixForward: true });
    this.lab.mustGoOn();
    if (ran.code !== 0) throw failure(contender, { title: 'not measured' }, ran);
  }

  private commit(scenario: Scenario): Version {
    this.commits += 1;
    const version = `${this.commits}-${scenario.name}`;
    return { version, commit: this.lab.repository.commit(version, scenario.files(version)) };
  }
}

/** Rotates the order, so that no contender is always the first or always follows the same one. */
function rotated<Item>(items: Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function lineOf({ contender, scenario, exitCode, wallSeconds, ending, reached, load }: Measurement): string {
  return [
    `${scenario} ${contender}:`,
    `exit ${exitCode} after ${wallSeconds.toFixed(1)} s, ${ending} serves,`,
    `${load.failed} of ${load.requests} failed${reasons(load.failures)},`,
    `${reached} reached it,`,
    `worst ${load.worstMs?.toFixed(0) ?? '–'} ms, outage ${(load.outageMs / 1000).toFixed(2)} s`,
    `(generator at most ${load.worstLagMs.toFixed(0)} ms late)`,
  ].join(' ');
}

function reasons(failures: Record<string, number>): string {
  const parts = Object.entries(failures).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
