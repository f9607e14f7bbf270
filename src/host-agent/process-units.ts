/** The request to a host about the processes of a release besides its web server. Pure. */
import type { Process, Processes } from '../config/processes';
import type { ProcessUnit, ProcessValues } from '../contract/contract-types';

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

/** A shell that would wait for the command takes its signals, and the command would not be told to finish. */
const NEEDS_THE_SHELL = /[;&|<>()]|^\s*\w+=/;

/** A text runs in a shell, which becomes the command where that is one command. */
export function wordsOf(command: string | string[]): string[] {
  if (typeof command !== 'string') return command;
  return ['/bin/sh', '-c', NEEDS_THE_SHELL.test(command) ? command : `exec ${command}`];
}
