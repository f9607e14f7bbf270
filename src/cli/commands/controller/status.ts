import type { ControllerFacts } from '../../../controller/install/facts';
import { problemsIn, statusLines } from '../../../controller/install/status';
import { output } from '../../../output/output';
import { Machine } from '../../controller/machine';
import { EXIT } from '../../exit-codes';

export interface StatusCommandOptions {
  json?: boolean;
}

/** `landfall controller status`: what runs there. @returns 0 when the controller can deploy, else 4 */
export async function controllerStatusCommand(name: string, options: StatusCommandOptions): Promise<number> {
  const machine = Machine.named(name);
  const facts = await machine.installed();
  const problems = problemsIn(facts, machine.name);
  if (options.json === true) output.json(asJson(facts, problems));
  else output.say(...statusLines(facts, machine.name));
  return problems.length === 0 ? 0 : EXIT.needsOperator;
}

function asJson(facts: ControllerFacts, problems: string[]) {
  const { hostname, current, previous, port, publicKey, databaseBytes, firewall, openRuns, engineServes } =
    facts;
  return {
    hostname,
    version: current,
    previous,
    port,
    publicKey,
    databaseBytes,
    firewall,
    engineServes,
    openRuns,
    units: Object.fromEntries(facts.units),
    problems,
  };
}
