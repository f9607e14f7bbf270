import type { Client } from '@temporalio/client';
import { type Supersession, supersedeUpdate } from '../workflows/messages';
import { unreachableIn } from '../workflows/status';
import { describeRun, type FoundRun, nameOf } from './found-run';
import { sendUpdate, UpdateRefused } from './send-update';

/** One that waits for a person or a host, or only watches on: none of these changes anything when it ends. */
export function maySupersede({ status }: FoundRun): boolean {
  if (status === null) return false;
  if (status.outcome === 'needs-operator' || unreachableIn(status).length > 0) return true;
  const soaks = Object.values(status.hosts).some((fact) => fact.state === 'soaking');
  return status.phase === 'release' && soaks;
}

export function whyItWaits({ status }: FoundRun): string {
  const gone = status === null ? [] : unreachableIn(status);
  return gone.length === 0 ? 'It soaks' : `It waits for ${gone.join(' and ')}, which cannot be reached`;
}

/** One that only puts its hosts in order: soon it has ended, or says that it waits. */
export function endsByItself({ status }: FoundRun): boolean {
  return status?.phase === 'rollback' || status?.phase === 'finish';
}

/**
 * Ends the run as soon as that leaves nothing half done: the hosts that it reaches are put in order
 * first, which takes seconds to minutes.
 * @returns false when it has ended by itself meanwhile
 */
export async function getPast(
  client: Client,
  running: FoundRun,
  supersession: Supersession,
  say: (line: string) => void,
): Promise<boolean> {
  const { workflowId, runId } = running;
  const handle = client.workflow.getHandle(workflowId, runId);
  for (let told = false; ; told = true) {
    const now = await describeRun(client, workflowId, runId);
    if (!now.open) return false;
    try {
      if (maySupersede(now)) {
        await sendUpdate(client, handle, supersedeUpdate, supersession);
        await handle.result().catch(() => undefined);
        return true;
      }
    } catch (error) {
      // It decides; what it says about itself may be a moment old.
      if (!(error instanceof UpdateRefused) || !endsByItself(now)) throw error;
    }
    if (!told) say(`${nameOf(now.status)} is putting hosts in order right now; waiting until that is done.`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
