/** Which processes of a release belong on which host. Pure. */
import type { Process, Processes } from '../../config/processes';

/** One host of an environment. */
export interface Place {
  host: string;
  /** All hosts of the environment, in the order of landfall.yaml. */
  hosts: string[];
}

export function placeOf({ hosts }: { hosts: { name: string }[] }, host: string): Place {
  return { host, hosts: hosts.map(({ name }) => name) };
}

/** The names of the processes that belong on one host. */
export interface Placement {
  /** Processes that run all the time. */
  running: string[];
  /** Processes with a schedule. */
  scheduled: string[];
}

/** Whether only one runs in the whole environment. */
export function isSingleton({ singleton, schedule }: Process): boolean {
  return singleton ?? schedule !== null;
}

/** Whether its end in the soak rolls the release back. */
export function failsRelease({ onFailure, schedule }: Process): boolean {
  return (onFailure ?? (schedule === null ? 'rollback' : 'report')) === 'rollback';
}

/** The processes that every host has. */
export function everywhere(processes: Processes): Placement {
  return placement(processes, (one) => !isSingleton(one));
}

/** The singletons of this host. */
export function singletonsOn({ host, hosts }: Place, processes: Processes): Placement {
  return placement(processes, (one) => isSingleton(one) && ownerOf(one, hosts) === host);
}

export function singletonNames(processes: Processes): string[] {
  return Object.keys(processes).filter((name) => {
    const one = processes[name];
    return one !== undefined && isSingleton(one);
  });
}

/** A host may have left landfall.yaml since the release was good: then the first one has its singletons. */
function ownerOf({ host }: Process, hosts: string[]): string | undefined {
  return host !== null && hosts.includes(host) ? host : hosts[0];
}

function placement(processes: Processes, belongs: (process: Process) => boolean): Placement {
  const here = Object.entries(processes).filter(([, process]) => belongs(process));
  const names = (scheduled: boolean) =>
    here.filter(([, { schedule }]) => (schedule !== null) === scheduled).map(([name]) => name);
  return { running: names(false), scheduled: names(true) };
}
