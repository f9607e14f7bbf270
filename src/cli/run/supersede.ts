import type { Client } from '@temporalio/client';
import { hostList } from '../../deployment/host-list';
import type { DeployStatus } from '../../deployment/status';
import { namedAndOthers, stateCounts, unreachableIn } from '../../deployment/status-summary';
import { type Supersession, supersedeUpdate } from '../../workflows/messages';
import { adviceFor } from '../output/advice';
import type { ConsoleOutput } from '../output/console-output';
import { awaitRun } from './await-run';
import { deployName, type RunInfo } from './run-info';
import { RunEnded, sendUpdate, UpdateRefused } from './send-update';

/** Whether the run waits for a person or a host, or only soaks: its end then changes nothing. */
export function canSupersede({ status }: RunInfo): boolean {
  if (status === null) return false;
  if (status.outcome === 'needs-operator' || waitsForHosts(status)) return true;
  return status.phase === 'release' && stateCounts(status).has('soaking');
}

function waitsForHosts(status: DeployStatus): boolean {
  return stateCounts(status).has('unreachable');
}

export function whyItWaits({ status }: RunInfo): string {
  if (status === null) return 'That run soaks';
  if (waitsForHosts(status)) {
    const { names, others } = unreachableIn(status);
    return `That run waits for ${hostList(names, others, ' and ')}, which cannot be reached`;
  }
  const soaking = namedAndOthers(status, (state) => state === 'soaking');
  // Batches that follow soak after these.
  const until = soaking.names.flatMap((name) => {
    const { soaksUntil } = status.hosts[name] ?? {};
    return soaksUntil ? [`${name} until ${soaksUntil}`] : [];
  });
  return `That run soaks${until.length === 0 ? '' : ` (${hostList(until, soaking.others)})`}`;
}

/** For one that may be superseded: what to do instead of waiting for it. */
export function howToGetPast({ status }: RunInfo): string {
  if (status !== null && waitsForHosts(status)) return adviceFor(status);
  return 'To end it now: Ctrl-C, then the same command with --supersede; its release stays live.';
}

/** Whether the run only finishes or rolls back its hosts: it soon ends, or says that it waits. */
export function endsByItself({ status }: RunInfo): boolean {
  return status?.phase === 'rollback' || status?.phase === 'finish';
}

/**
 * Ends the run as soon as no change is half done. The run first finishes the hosts that it reaches, which takes
 * seconds to minutes.
 * @returns false when it has ended by itself meanwhile
 */
export async function supersede(
  client: Client,
  running: RunInfo,
  supersession: Supersession,
  out: ConsoleOutput,
): Promise<boolean> {
  const { workflowId, runId } = running;
  const handle = client.workflow.getHandle(workflowId, runId);
  let isSuperseded = false;
  let told = false;
  const isPast = async (now: RunInfo): Promise<boolean> => {
    if (!now.open) return true;
    isSuperseded ||= canSupersede(now) && (await takes(now));
    if (!isSuperseded && !told)
      out.say(`${deployName(now.status)} is putting hosts in order right now; waiting until that is done.`);
    told = true;
    return false;
  };
  const takes = async (now: RunInfo): Promise<boolean> => {
    try {
      await sendUpdate(client, handle, out, supersedeUpdate, supersession);
      return true;
    } catch (error) {
      if (error instanceof RunEnded) return error.taken;
      // The run decides; its published status may be a moment old.
      if (error instanceof UpdateRefused && endsByItself(now)) return false;
      throw error;
    }
  };
  const ended = await awaitRun(client, running, out, isPast);
  return isSuperseded && ended.status?.outcome === 'superseded';
}
