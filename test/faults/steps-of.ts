import type { FaultLab, Scenario } from './lab';
import { RunWatch } from './run-watch';

/** The steps of a run to which nothing happens. */
export async function stepsOf(lab: FaultLab, scenario: Scenario): Promise<string[]> {
  const { address } = lab.world.engine;
  const before = await RunWatch.newest(address);
  await lab.deploy(lab.commit(scenario));
  const run = await RunWatch.after(address, before, AbortSignal.timeout(10_000));
  await run.step(Number.POSITIVE_INFINITY);
  await run.end();
  return run.steps;
}
