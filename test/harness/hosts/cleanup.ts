/**
 * Nothing of a host stays, even when its processes are killed. The processes share a PID namespace with the
 * supervisor as process 1, and the mounts are in a mount namespace. The kernel ends both with the supervisor. A
 * killed supervisor leaves a directory and empty cgroups, which the next start removes.
 */
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { areEmpty, removeCgroups } from './cgroups';
import { stateDirectory } from './paths';
import { isAlive, type ProcessId } from './processes';
import { type HostSpec, hostFiles, readSpec } from './spec';

export interface KnownHost {
  state: string;
  spec: HostSpec;
  /** null: it was claimed, and not started yet. */
  guard: ProcessId | null;
}

/** Every host that has a state directory, dead ones too. */
export function knownHosts(): KnownHost[] {
  return list(stateDirectory)
    .filter((name) => name.startsWith('127.'))
    .flatMap((name) => {
      const state = join(stateDirectory, name);
      try {
        return [{ state, spec: readSpec(state), guard: guardOf(state) }];
      } catch {
        return []; // Removed at this moment.
      }
    });
}

/** Removes the directories and cgroups of ended hosts. Call it with the state directory locked. */
export function sweep(): void {
  for (const host of knownHosts()) {
    // Until it is started, a host belongs to the process that asked for it.
    const dead = !isAlive(host.guard ?? host.spec.owner) && areEmpty(cgroupName(host.spec));
    if (dead) removeTraces(host.state, host.spec);
  }
  for (const name of list(stateDirectory)) {
    if (name.startsWith('gone-')) rmSync(join(stateDirectory, name), { recursive: true, force: true });
  }
}

/** The name of a host's cgroups. */
export function cgroupName(spec: HostSpec): string {
  return `landfall-host-${spec.address}`;
}

/** For a host whose processes have ended and whose disk is not mounted here. */
export function removeTraces(state: string, spec: HostSpec): void {
  removeCgroups(cgroupName(spec));
  // First out of the way in one step: half a directory would still look like a claimed address.
  const gone = join(stateDirectory, `gone-${spec.address}-${process.pid}`);
  renameSync(state, gone);
  rmSync(gone, { recursive: true, force: true });
}

function guardOf(state: string): ProcessId | null {
  try {
    return JSON.parse(readFileSync(hostFiles(state).guard, 'utf8')) as ProcessId;
  } catch {
    return null;
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
