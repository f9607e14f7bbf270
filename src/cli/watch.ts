import type { Client } from '@temporalio/client';
import type { DeployStatus } from '../deployment/status';
import { CommandError, EXIT, exitCodeOf } from './exit-codes';
import { follow, type Happening } from './follow';
import { describeRun, type FoundRun, isTornOff, TERMINATED } from './found-run';
import { Patience } from './patience';
import { evidenceOf, type HostEvidence, lineFor, outagesSince, summaryOf } from './report';
import type { Screen } from './screen';
import { Standstill } from './standstill';
import { wholeStatus } from './whole-status';

/** When the engine is lost for good. */
const LEAVES = {
  saying: 'The deploy goes on without this command; the same one attaches to it again.',
  exitCode: EXIT.needsOperator,
};

/** Silence after which a missing worker is looked for. */
const SILENCE_MS = 3_000;

/**
 * Follows a run with a line per step until it ended or needs a person, and says how it stands.
 * Leaving early (Ctrl-C, `signal`) never harms the run.
 * @returns the exit code of the command
 */
export async function watch(
  client: Client,
  run: FoundRun,
  screen: Screen,
  signal: AbortSignal,
): Promise<number> {
  const watching = new Watching(client, run, screen);
  const progress = setInterval(() => void watching.tick(), 1_000);
  try {
    await watching.toTheEnd(signal);
  } finally {
    clearInterval(progress);
  }
  if (signal.aborted) {
    const { service = '', environment = '' } = run.status ?? {};
    screen.say('', 'Not following any more; the deploy goes on. The same command attaches to it again.');
    screen.say(`To stop the deploy: landfall cancel ${service} --env ${environment}`);
    return EXIT.needsOperator;
  }
  return watching.conclude();
}

class Watching {
  private readonly pending = new Map<string, { summary: string; since: number }>();
  private evidence: HostEvidence[] = [];
  private told = 0;
  private lastNews = performance.now();
  private readonly standstill: Standstill;
  private said: DeployStatus | null = null;
  private waiting = false;

  constructor(
    private readonly client: Client,
    private readonly run: FoundRun,
    private readonly screen: Screen,
  ) {
    this.standstill = new Standstill(client, screen, 'the deploy', run.workflowId);
  }

  async toTheEnd(signal: AbortSignal): Promise<void> {
    const patience = new Patience(this.screen, LEAVES);
    for (;;) {
      try {
        let count = 0;
        const { workflowId, runId } = this.run;
        for await (const happening of follow(this.client, workflowId, runId, signal)) {
          patience.answered();
          count += 1;
          // After a lost connection the story is read again from its beginning.
          if (count > this.told) {
            this.told = count;
            this.tell(happening);
          }
          if (this.waiting && (await this.stillWaits())) return;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        await patience.pass(error);
      }
    }
  }

  /** A run that is read from its beginning may have waited for a person once and gone on since. */
  private async stillWaits(): Promise<boolean> {
    const { status, open } = await describeRun(this.client, this.run.workflowId, this.run.runId);
    this.waiting = false;
    return open && status?.outcome === 'needs-operator';
  }

  private tell(happening: Happening): void {
    this.lastNews = performance.now();
    if (happening.kind === 'started') {
      this.pending.set(happening.id, { summary: happening.summary, since: performance.now() });
      return;
    }
    if (happening.kind === 'ended' || happening.kind === 'failed') this.pending.delete(happening.id);
    if (happening.kind === 'failed') this.keepEvidence(happening.failure.details);
    if (happening.kind === 'ended') this.keepEvidence(happening.result);
    if (happening.kind === 'status') {
      this.waiting = happening.status.outcome === 'needs-operator';
      const before = this.said;
      this.said = happening.status;
      for (const line of outagesSince(before, happening.status)) this.screen.say(line);
      if (happening.status.phase === before?.phase) return;
    }
    const line = lineFor(happening);
    if (line !== null) this.screen.say(line);
  }

  private keepEvidence(from: unknown): void {
    const evidence = evidenceOf(from);
    if (evidence !== null) this.evidence.push(evidence);
  }

  /** Once a second: what history does not show. */
  async tick(): Promise<void> {
    const now = performance.now();
    const slow = [...this.pending.values()].filter(({ since }) => now - since > 1_000);
    try {
      if (slow.length > 0)
        this.screen.progress(await this.pendingInWords(slow.map(({ summary }) => summary)));
      if (now - this.lastNews > SILENCE_MS) await this.standstill.look();
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
    if (status === null || isTornOff({ status, open })) {
      this.screen.say('', ...TERMINATED);
      return EXIT.needsOperator;
    }
    const whole = await wholeStatus(this.client, this.run, status);
    this.screen.say('', ...summaryOf(whole.status, this.newestEvidence(status), this.uiUrl()));
    if (whole.note !== null) this.screen.say('', whole.note);
    return exitCodeOf(status);
  }

  private async describe(): Promise<FoundRun> {
    try {
      return await describeRun(this.client, this.run.workflowId, this.run.runId);
    } catch (error) {
      throw new CommandError(
        `The engine was lost before it said how the deploy ended (${String(error).slice(0, 200)}). The same command tells.`,
        EXIT.needsOperator,
      );
    }
  }

  /** Of several failures on one host the first is the cause; the others followed from it. */
  private newestEvidence(status: DeployStatus): HostEvidence[] {
    const wanted = this.evidence.filter((item) => item.host === status.reason?.host);
    return wanted.slice(0, 1);
  }

  private uiUrl(): string | null {
    const base = process.env.LANDFALL_UI ?? (isLocal() ? 'http://127.0.0.1:8233' : null);
    if (base === null) return null;
    const { workflowId, runId } = this.run;
    const { namespace } = this.client.options;
    return `${base}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
  }
}

function isLocal(): boolean {
  return process.env.TEMPORAL_ADDRESS === undefined;
}
