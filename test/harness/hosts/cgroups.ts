/**
 * Each host gets its own cgroup. Otherwise two hosts would share the machine's root cgroup. Each would count the
 * other's processes in `ssh.service` as its own, and never see it empty.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const mount = '/sys/fs/cgroup';

/** Version 2 has one hierarchy; version 1 and the hybrid have one for each controller. */
function hierarchies(): string[] {
  if (existsSync(join(mount, 'cgroup.controllers'))) return [mount];
  return (
    readdirSync(mount)
      .map((name) => join(mount, name))
      // A new cgroup there has no processors until some are given to it.
      .filter((path) => existsSync(join(path, 'cgroup.procs')) && !existsSync(join(path, 'cpuset.cpus')))
  );
}

/** Makes the host's cgroups, empty, and returns their directories. */
export function makeCgroups(name: string): string[] {
  removeCgroups(name);
  const cgroups = hierarchies().map((hierarchy) => join(hierarchy, name));
  for (const cgroup of cgroups) mkdirSync(cgroup, { recursive: true });
  return cgroups;
}

/** Whether nothing runs in the host's cgroups: its processes may take a moment to end. */
export function areEmpty(name: string): boolean {
  return hierarchies().every((hierarchy) => isEmpty(join(hierarchy, name)));
}

/** Removes what a dead host left. A cgroup cannot be removed while a process is in it. */
export function removeCgroups(name: string): void {
  for (const hierarchy of hierarchies()) removeTree(join(hierarchy, name));
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const child of subdirectories(directory)) removeTree(child);
  rmdirSync(directory);
}

function isEmpty(directory: string): boolean {
  if (!existsSync(directory)) return true;
  if (readFileSync(join(directory, 'cgroup.procs'), 'utf8') !== '') return false;
  return subdirectories(directory).every(isEmpty);
}

function subdirectories(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}
