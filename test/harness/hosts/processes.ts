/** Facts of /proc about processes. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process, told from a later one that got the same number. */
export interface ProcessId {
  pid: number;
  /** Clock ticks after boot. */
  started: string;
}

/** null: there is no such process, or it has ended and only waits to be collected. */
export function processId(pid: number): ProcessId | null {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is a name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = fields[19];
  return started === undefined || fields[0] === 'Z' || fields[0] === 'X' ? null : { pid, started };
}

export function isAlive(id: ProcessId): boolean {
  return processId(id.pid)?.started === id.started;
}

export function childrenOf(pid: number): number[] {
  const threads = list(`/proc/${pid}/task`);
  return threads.flatMap((thread) => numbers(read(`/proc/${pid}/task/${thread}/children`)));
}

/**
 * The host's process 1, as this machine numbers it; null while none runs. The guard's child is the
 * supervisor, whose child is systemd-nspawn, whose child is process 1 of the innermost of three
 * PID namespaces.
 */
export function initBelow(guard: ProcessId): ProcessId | null {
  const candidates = childrenOf(guard.pid).flatMap(childrenOf).flatMap(childrenOf);
  const init = candidates.find((pid) => {
    const ids = numbers(/^NSpid:(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '');
    return ids.length === 3 && ids[2] === 1;
  });
  return init === undefined ? null : processId(init);
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
