/** Whether the processes of a release continue, judged from what was seen. Pure. */
import type { Processes } from '../../config/processes';
import type { ProcessState, UnitState } from '../../contract/contract-types';
import { failsRelease } from '../../deployment/plan/placement';

/** How a process stands, for people. */
export function processInWords({ active, result, exitStatus, restarts }: ProcessState): string {
  if (result === 'oom-kill') return 'it was killed because memory ran out';
  if (result === 'signal') return `it was ended by signal ${exitStatus ?? '?'}`;
  if (result === 'exit-code') return `it ended with exit status ${exitStatus ?? '?'}`;
  if (restarts !== null && restarts > 0)
    return `systemd has restarted it ${restarts === 1 ? 'once' : `${restarts} times`}`;
  if (result !== 'success') return `it is ${active} (${result})`;
  return active === 'active' ? 'it runs' : `it is ${active}`;
}

/** A process whose failure rolls the release back. */
export interface FailedProcess {
  process: string;
  words: string;
  /** Its start that has failed; null: unknown. */
  invocation: string | null;
}

/** The processes of a release that was proven: each has to continue, without an end or a restart. */
export class ProcessWatch {
  private readonly first = new Map<string, ProcessState>();
  private readonly last = new Map<string, ProcessState>();

  constructor(private readonly processes: Processes) {}

  /** Looks that were not about this release's processes, or of a host that says nothing of them, count for nothing. */
  see({ processes = {} }: Pick<UnitState, 'processes'>): void {
    for (const [name, state] of Object.entries(processes)) {
      if (!this.first.has(name)) this.first.set(name, state);
      this.last.set(name, state);
    }
  }

  /** null: none has failed. */
  failed(): FailedProcess | null {
    for (const [process, now] of this.last) {
      const wanted = this.processes[process];
      if (wanted === undefined || wanted.schedule !== null || !failsRelease(wanted)) continue;
      if (this.continues(process, now)) continue;
      // The first start has ended; a later one has hardly said anything yet.
      const { invocation = '' } = this.first.get(process) ?? {};
      return { process, words: processInWords(now), invocation: invocation || null };
    }
    return null;
  }

  private continues(process: string, { active, mainPid, restarts, invocation }: ProcessState): boolean {
    const first = this.first.get(process);
    if (active !== 'active' || mainPid === 0) return false;
    // A process that was up a moment ago has no restart of an earlier start.
    return (restarts ?? 0) === 0 && invocation === (first?.invocation ?? invocation);
  }
}
