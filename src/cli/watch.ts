import type { Client } from '@temporalio/client';
import { isWorkerThere } from '../temporal/worker-there';
import type { DeployStatus } from '../workflows/status';
import { CommandError, EXIT, exitCodeOf } from './exit-codes';
import { follow, type Happening } from './follow';
import { describeRun, type FoundRun, isTornOff, TERMINATED } from './found-run';
import { evidenceOf, type HostEvidence, lineFor, outagesSince, summaryOf } from './report';

/** Where a person reads along. */
export interface Screen {
  say(line: string): void;
  /** Replaces the line that shows what goes on right now; on a plain log it is said rarely. */
  progress(line: string): void;
}

/** The engine may be restarted meanwhile; beyond this the client leaves and the deploy goes on without it. */
const PATIENCE_MS = 5 * 60_000;

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
    screen.say('\nNot following any more; the deploy goes on. The same command attaches to it again.');
    screen.say(`To stop the deploy: landfall cancel ${service} --env ${environment}`);
    return EXIT.needsOperator;
  }
  return watching.conclude();
}

class Watching {
  private readonly pending = new Map<string, { summary: string; since: number }>();
  private evidence: HostEvidence[] = [];
  private told = 0;
  private lastNews = Date.now();
  private missedWorker = false;
  private said: DeployStatus | null = null;
  private waiting = false;

  constructor(
    private readonly client: Client,
    private readonly run: FoundRun,
    private readonly screen: Screen,
  ) {}

  async toTheEnd(signal: AbortSignal): Promise<void> {
    let lostSince: number | null = null;
    for (;;) {
      try {
        let count = 0;
        const { workflowId, runId } = this.run;
        for await (const happening of follow(this.client, workflowId, runId, signal)) {
          lostSince = null;
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
        lostSince ??= Date.now();
        if (Date.now() - lostSince > PATIENCE_MS) {
          throw new CommandError(
            `The engine has not answered for ${PATIENCE_MS / 60_000} minutes (${String(error)}). The deploy goes on without this command; the same one attaches to it again.`,
            EXIT.needsOperator,
          );
        }
        this.screen.progress(
          `  … the engine does not answer (${String(error).slice(0, 80)}); the deploy goes on, trying again`,
        );
        await new Promise((resolve) => setTimeout(resolve, 1_000));
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
    this.lastNews = Date.now();
    if (happening.kind === 'started') {
      this.pending.set(happening.id, { summary: happening.summary, since: Date.now() });
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
    const now = Date.now();
    const slow = [...this.pending.values()].filter(({ since }) => now - since > 1_000);
    try {
      if (slow.length > 0)
        this.screen.progress(await this.pendingInWords(slow.map(({ summary }) => summary)));
      else if (now - this.lastNews > SILENCE_MS && !this.missedWorker) await this.lookForWorker();
    } catch {
      // The engine does not answer just now: the following itself notices, and says so.
    }
  }

  private async pendingInWords(summaries: string[]): Promise<string> {
    const handle = this.client.workflow.getHandle(this.run.workflowId, this.run.runId);
    const { raw } = await handle.describe();
    const details = (raw.pendingActivities ?? []).flatMap((activity) => {
      const attempt = activity.attempt ?? 1;
      const failure = activity.lastFailure?.message;
      const beat = activity.heartbeatDetails?.payloads?.[0]?.data;
      const words = beat ? Buffer.from(beat).toString('utf8').replace(/^"|"$/g, '') : '';
      return [words, attempt > 1 && failure ? `attempt ${attempt} after: ${failure}` : ''];
    });
    const said = details.filter((word) => word !== '').join('; ');
    return `  … ${summaries.join(', ')}${said === '' ? '' : `: ${said}`}`;
  }

  private async lookForWorker(): Promise<void> {
    if (await isWorkerThere(this.client)) return;
    this.missedWorker = true;
    this.screen.say('  ! No worker is connected to this engine; the deploy waits for one: landfall worker');
  }

  async conclude(): Promise<number> {
    const { status, open } = await this.describe();
    if (status === null || isTornOff({ status, open })) {
      this.screen.say(`\n${TERMINATED}`);
      return EXIT.needsOperator;
    }
    this.screen.say(summaryOf(status, this.newestEvidence(status), this.uiUrl()));
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
