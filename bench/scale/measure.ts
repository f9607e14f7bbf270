/**
 * One measurement in a process of its own: an engine, a worker, the runs of one scenario. Arguments: scenario, hosts,
 * limit in seconds. It prints the result as one line of JSON.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type DeployStatus, initialStatus, STATUS_MEMO } from '../../src/deployment/status';
import { workflowIdOf } from '../../src/deployment/workflow-id';
import { taskTimeoutFor } from '../../src/temporal/task-timeout';
import { startEngine } from '../../test/harness/engine';
import type { Told } from './faked-worker';
import { OUTCOMES, runsOf, SCENARIOS, type Scenario } from './scenarios';

export interface Result {
  scenario: Scenario;
  hosts: number;
  /** null: it did not end within the limit. */
  seconds: number | null;
  outcome: string | null;
  events: number;
  historyBytes: number;
  /** The largest version of the memo's status, in bytes. */
  statusBytes: number;
  /** The largest result of a run, in bytes. */
  resultBytes: number;
  /** Of the worker, at most. */
  workerBytes: number;
  /** Seconds of processor time that the last worker took: unlike the time, other work hardly changes it. */
  workerCpuSeconds: number;
  /** Workflow tasks that failed or timed out; one that never succeeds counts with all its attempts. */
  failedTasks: number;
}

async function measure(scenario: Scenario, hosts: number, limitSeconds: number): Promise<Result> {
  const engine = await startEngine();
  const connection = await Connection.connect({ address: engine.address });
  const client = new Client({ connection });
  const workers = new Workers(engine.address, scenario, hosts);
  try {
    await workers.start();
    const began = performance.now();
    const handles = await start(client, scenario, hosts);
    const ended = await Promise.all(handles.map((handle) => endsWithin(client, handle, limitSeconds)));
    const seconds = ended.every((each) => each) ? (performance.now() - began) / 1000 : null;
    const workerBytes = workers.mostBytes();
    const workerCpuSeconds = workers.cpuSeconds();
    const result: Result = { ...NOTHING, scenario, hosts, seconds, workerBytes, workerCpuSeconds };
    for (const handle of handles) {
      const { raw, memo } = await handle.describe();
      const { statusBytes, resultBytes, failedTasks } = await readHistory(client, handle);
      const { outcome = null } = (memo?.[STATUS_MEMO] as DeployStatus | undefined) ?? {};
      if (outcome !== OUTCOMES[scenario] || result.outcome === null) result.outcome = outcome;
      result.events += Number(raw.workflowExecutionInfo?.historyLength ?? 0);
      result.historyBytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
      result.statusBytes = Math.max(result.statusBytes, statusBytes);
      result.resultBytes = Math.max(result.resultBytes, resultBytes);
      result.failedTasks += failedTasks;
    }
    return result;
  } finally {
    await workers.stop();
    await connection.close();
    await engine.stop();
  }
}

const NOTHING = {
  outcome: null,
  events: 0,
  historyBytes: 0,
  statusBytes: 0,
  resultBytes: 0,
  failedTasks: 0,
};

/** All runs of a scenario, at once. */
async function start(client: Client, scenario: Scenario, hosts: number): Promise<WorkflowHandle[]> {
  const { type, inputs } = runsOf(scenario, hosts);
  const runs = inputs.map((input) =>
    client.workflow.start(type, {
      workflowId: workflowIdOf(input.service, input.environment),
      taskQueue: 'landfall',
      args: [input],
      workflowTaskTimeout: taskTimeoutFor(input.hosts.length),
      ...(type === 'deploy' && { memo: { [STATUS_MEMO]: initialStatus(input) } }),
    }),
  );
  return await Promise.all(runs);
}

async function endsWithin(
  client: Client,
  { workflowId }: WorkflowHandle,
  limitSeconds: number,
): Promise<boolean> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitSeconds * 1000);
  try {
    await client.connection.withAbortSignal(limit.signal, () =>
      client.workflow.getHandle(workflowId).result(),
    );
    return true;
  } catch {
    // A run that was rolled back fails as well.
    return !limit.signal.aborted;
  } finally {
    clearTimeout(timer);
  }
}

async function readHistory(client: Client, { workflowId }: WorkflowHandle) {
  const found = { statusBytes: 0, resultBytes: 0, failedTasks: 0 };
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId },
      // The engine's own pages may be larger than what a client takes.
      maximumPageSize: 50,
      nextPageToken,
    });
    for (const event of page.history?.events ?? []) {
      const status = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[STATUS_MEMO];
      found.statusBytes = Math.max(found.statusBytes, status?.data?.length ?? 0);
      const [result] = event.workflowExecutionCompletedEventAttributes?.result?.payloads ?? [];
      found.resultBytes = Math.max(found.resultBytes, result?.data?.length ?? 0);
      if (event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes)
        found.failedTasks += 1;
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken !== undefined);
  // Only the first of several failures in a row is in the history.
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  found.failedTasks += Math.max(0, (raw.pendingWorkflowTask?.attempt ?? 1) - 1);
  return found;
}

/** The worker's processes, one after the other. */
class Workers {
  private running: ChildProcess | null = null;
  private most = 0;

  constructor(
    private readonly address: string,
    private readonly scenario: Scenario,
    private readonly hosts: number,
  ) {}

  async start(): Promise<void> {
    const args = [this.address, this.scenario, String(this.hosts)];
    const worker = fork(join(__dirname, 'faked-worker.js'), args);
    this.running = worker;
    await new Promise<void>((resolve, reject) => {
      worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
      worker.on('message', (told: Told) => {
        if (told === 'ready') resolve();
        // Only the first worker is killed.
        else if (this.scenario === 'kill' && this.most === 0) void this.replace();
      });
    });
  }

  private async replace(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Of resident memory, of any of them. */
  mostBytes(): number {
    const status = readFileSync(`/proc/${this.running?.pid}/status`, 'utf8');
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    this.most = Math.max(this.most, Number(kilobytes) * 1024);
    return this.most;
  }

  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.running?.pid}/stat`, 'utf8');
    // After the name, which may have blanks in it, the fields 14 and 15 count hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop(): Promise<void> {
    const worker = this.running;
    if (worker === null || worker.exitCode !== null) return;
    this.mostBytes();
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }
}

async function main([name, hosts, limit]: string[]): Promise<void> {
  const scenario = SCENARIOS.find((known) => known === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  console.log(JSON.stringify(await measure(scenario, Number(hosts), Number(limit))));
}

void main(process.argv.slice(2)).then(() => process.exit(0));
