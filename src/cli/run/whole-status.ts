import type { Client } from '@temporalio/client';
import type { DeployStatus, HostFact } from '../../deployment/status';
import { MOST_IN_PAGE, unnamed } from '../../deployment/status-summary';
import { statusQuery } from '../../workflows/messages';
import type { RunInfo } from './run-info';

/** A worker that has the run at hand answers within milliseconds; one that replays 5,000 hosts needs seconds. */
const ANSWER_LIMIT_MS = 15_000;

/** A status as people are shown it. */
export interface WholeStatus {
  status: DeployStatus;
  /** Why some hosts are only counted; null: all are named. */
  note: string | null;
}

/**
 * The status of a run with all its hosts. The memo names only some of many; a worker is asked for the rest.
 * @returns the summary with a note when no worker answers; never fails
 */
export async function wholeStatus(
  client: Client,
  { workflowId, runId }: RunInfo,
  summary: DeployStatus,
  answerLimitMs = ANSWER_LIMIT_MS,
): Promise<WholeStatus> {
  if (summary.others === undefined) return { status: summary, note: null };
  const handle = client.workflow.getHandle(workflowId, runId);
  const hosts: Record<string, HostFact> = {};
  try {
    for (let from = 0, total = 1; from < total; from += MOST_IN_PAGE) {
      const page = await client.connection.withDeadline(Date.now() + answerLimitMs, () =>
        handle.query(statusQuery, { from, count: MOST_IN_PAGE }),
      );
      Object.assign(hosts, page.hosts);
      total = page.total;
    }
    return { status: { ...summary, hosts, others: undefined }, note: null };
  } catch {
    const total = Object.keys(summary.hosts).length + unnamed(summary);
    const service = `${summary.service} --env ${summary.environment}`;
    const note = `No worker answered, so ${unnamed(summary)} of ${total} hosts are only counted. Start one (landfall worker), then: landfall status ${service}`;
    return { status: summary, note };
  }
}
