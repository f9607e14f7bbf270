/** The request to a host about the processes of a release besides its web server. Pure. */
import type { Process, Processes } from '../config/processes';
import type { ProcessUnit, ProcessValues } from '../contract/contract-types';
import { wordsOf } from '../deployment/process-command';

/** Absent without processes, so that the request for such a release is as before. */
export function processUnits(processes: Processes): Pick<ProcessValues, 'processes'> {
  const units = Object.entries(processes).map(([name, process]) => [name, processUnit(process)] as const);
  return units.length === 0 ? {} : { processes: Object.fromEntries(units) };
}

function processUnit({ command, env, schedule, drain, stopSignal, stable, ready }: Process): ProcessUnit {
  return {
    argv: wordsOf(command),
    env,
    schedule,
    drainMilliseconds: drain,
    stopSignal,
    stableMilliseconds: stable,
    ready: ready === null ? null : { argv: wordsOf(ready.command), timeoutMilliseconds: ready.timeout },
  };
}
