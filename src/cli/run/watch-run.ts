import type { Client } from '@temporalio/client';
import type { DeployStatus } from '../../deployment/status';
import { isOfThisMachine } from '../../temporal/connection';
import { poll } from '../../timing/poll';
import { annotationOfRun } from '../ci/annotations';
import { writeCiFiles } from '../ci/ci-files';
import { CommandError, EXIT, exitCodeOf } from '../exit-codes';
import type { RunOutput } from '../output/console-output';
import type { HostEvidence } from '../output/evidence';
import { summaryOf } from '../output/report';
import { groupFor, lineFor, noticesIn, outagesSince } from '../output/run-lines';
import { EngineOutage } from './engine-outage';
import { followRun, type RunEvent } from './run-events';
import { decisiveEvidence, evidenceIn } from './run-evidence';
import { describeRun, type RunInfo, TERMINATED, wasAbandoned } from './run-info';
import { StallWatch } from './stall-watch';
import { wholeStatus } from './whole-status';

/** When the engine is lost for too long. */
const LEAVES = {
  saying: 'The deploy continues without this command. Run the same command to follow it again.',
  exitCode: EXIT.needsOperator,
};

/** Between two attempts to reach a lost engine. */
const RETRY_INTERVAL_MS = 1_000;

/** Silence after which a missing worker is looked for. */
const SILENCE_MS = 3_000;

/**
 * Follows a run with a line per step until it ended or needs a person, and says how it stands.
 * Leaving early (Ctrl-C, `signal`) never harms the run.
 * @returns the exit code of the command
 */
export async function watchRun(
  client: Client,
  run: RunInfo,
  out: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const watcher = new Watcher(client, run, out);
  const progress = setInterval(() => void watcher.tick(), 1_000);
  out.group('Prepare', null);
  try {
    await watcher.toTheEnd(signal);
  } finally {
    clearInterval(progress);
    out.endGroup();
  }
  if (signal.aborted) {
    const { service = '', environment = '' } = run.status ?? {};
    out.say('', 'Stopped following. The deploy continues. Run the same command to follow it again.');
    out.say(`To stop the deploy: landfall cancel ${service} --env ${environment}`);
    return EXIT.needsOperator;
  }
  return watcher.conclude();
}

class Watcher {
  private readonly pending = new Map<string, { summary: string; since: number }>();
  private evidence: HostEvidence[] = [];
  private told = 0;
  private lastNews = performance.now();
  private readonly stall: StallWatch;
  private said: DeployStatus | null = null;
  private waiting = false;

  constructor(
    private readonly client: Client,
    private readonly run: RunInfo,
    private readonly out: RunOutput,
  ) {
    this.stall = new StallWatch(client, out, 'the deploy', run.workflowId);
  }

  async toTheEnd(signal: AbortSignal): Promise<void> {
    const outage = new EngineOutage(this.out, LEAVES);
    const look = async (): Promise<true | null> => {
      try {
        await this.follow(signal, outage);
        return true;
      } catch (error) {
        if (signal.aborted) return true;
        outage.noAnswer(error);
        return null;
      }
    };
    await poll(look, { pause: RETRY_INTERVAL_MS });
  }

  private async follow(signal: AbortSignal, outage: EngineOutage): Promise<void> {
    let count = 0;
    const { workflowId, runId } = this.run;
    for await (const event of followRun(this.client, workflowId, runId, signal)) {
      outage.answered();
      count += 1;
      // After a lost connection the story is read again from its beginning.
      if (count > this.told) {
        this.told = count;
        this.tell(event);
      }
      if (this.waiting && (await this.stillWaits())) return;
    }
  }

  /** A run that is read from its beginning may have waited for a person once and continued since. */
  private async stillWaits(): Promise<boolean> {
    const { status, open } = await describeRun(this.client, this.run.workflowId, this.run.runId);
    this.waiting = false;
    return open && status?.outcome === 'needs-operator';
  }

  private tell(event: RunEvent): void {
    this.lastNews = performance.now();
    if (event.kind === 'started') {
      this.pending.set(event.id, { summary: event.summary, since: performance.now() });
      return;
    }
    if (event.kind === 'ended' || event.kind === 'failed') this.pending.delete(event.id);
    const evidence = evidenceIn(event);
    if (evidence !== null) this.evidence.push(evidence);
    if (event.kind === 'status') {
      this.waiting = event.status.outcome === 'needs-operator';
      const before = this.said;
      this.said = event.status;
      for (const line of outagesSince(before, event.status)) this.out.say(line);
      if (event.status.phase === before?.phase) return;
      const group = groupFor(event.status.phase);
      if (group !== null) this.out.group(group, `${group}:`);
      return;
    }
    const line = lineFor(event);
    if (line !== null) this.out.say(line);
    this.out.say(...noticesIn(event));
  }

  /** Once a second: what history does not show. */
  async tick(): Promise<void> {
    const now = performance.now();
    const slow = [...this.pending.values()].filter(({ since }) => now - since > 1_000);
    try {
      if (slow.length > 0) this.out.progress(await this.pendingInWords(slow.map(({ summary }) => summary)));
      if (now - this.lastNews > SILENCE_MS) await this.stall.look();
    } catch {
      // The engine does not answer just now: the following itself notices, and says so.
    }
  }

  private async pendingInWords(summaries: string[]): Promise<string> {
    const { doing } = await describeRun(this.client, this.run.workflowId, this.run.runId);
    return `  … ${summaries.join(', ')}${doing === '' ? '' : `: ${doing}`}`;
  }

  async conclude(): Promise<number> {
    const { status, open } = await this.describe();
    if (status === null || wasAbandoned({ status, open })) {
      this.out.say('', ...TERMINATED);
      this.out.annotate({ level: 'error', title: 'TERMINATED', message: TERMINATED.join(' '), place: null });
      this.report(null);
      return EXIT.needsOperator;
    }
    const whole = await wholeStatus(this.client, this.run, status);
    this.out.say('', ...summaryOf(whole.status, decisiveEvidence(this.evidence, status), this.uiUrl()));
    if (whole.note !== null) this.out.say('', whole.note);
    const annotation = annotationOfRun(whole.status, decisiveEvidence(this.evidence, status));
    if (annotation !== null) this.out.annotate(annotation);
    this.report(whole.status);
    return exitCodeOf(status);
  }

  private report(status: DeployStatus | null): void {
    const evidence = status === null ? [] : decisiveEvidence(this.evidence, status);
    writeCiFiles({ runId: this.run.runId, status, evidence, uiUrl: this.uiUrl() }, process.env);
  }

  private async describe(): Promise<RunInfo> {
    try {
      return await describeRun(this.client, this.run.workflowId, this.run.runId);
    } catch (error) {
      throw new CommandError(
        `The engine was lost before it said how the deploy ended (${String(error).slice(0, 200)}). Run the same command again to see the result.`,
        EXIT.needsOperator,
      );
    }
  }

  private uiUrl(): string | null {
    const base = process.env.LANDFALL_UI ?? (isOfThisMachine(this.client) ? 'http://127.0.0.1:8233' : null);
    if (base === null) return null;
    const { workflowId, runId } = this.run;
    const { namespace } = this.client.options;
    return `${base}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
  }
}
