import { Context } from '@temporalio/activity';
import type { ServiceSettings, SoakSettings } from '../../config/deploy-input';
import { inSeconds } from '../../config/units';
import { TYPES } from '../../contract/contract';
import { type Evidence, fail } from '../../deployment/failures';
import { adviceOn } from '../../deployment/readiness-advice';
import { ask } from '../../http/ask';
import type { AllowedUrls } from '../../http/url-guard';
import type { Dependencies } from '../dependencies';
import { howItEnded, lastLine, runJob, succeeded } from '../run-job';
import { type CallHost, type Claimed, heartbeating, hostOf, type Noted, seconds } from '../step';
import { monotonic, stepTime } from '../step-time';
import { commandCheck } from './check-command';
import { takeEvidence } from './evidence';
import { causeInJournal } from './journal-cause';
import { type FailedProcess, ProcessWatch } from './process-watch';
import { askerFor, inWords, isReady, lineStoodStill } from './readiness';
import { Watch } from './watch';

export interface SoakInput extends Claimed {
  settings: ServiceSettings;
  soak: SoakSettings;
  release: string;
  commit: string;
  /** This slice of the whole time: its length, and its number from 0. */
  slice: { durationMs: number; number: number };
}

/** A later attempt may begin after the time is over: it still looks this often before it calls that good. */
const LEAST_LOOKS = 3;

/** After a bad answer the next one is wanted soon: users get bad ones meanwhile. */
const SOON_MS = 100;

/** Rounds of the command are tenths of a second; each slice, at most an hour long, has its own. */
const ROUNDS_PER_SLICE = 100_000;

/**
 * Watches a live release: its readiness as users reach it, whether its process continues, and the results of the
 * service's own url and command. Ends at the first check that stays bad for longer than
 * `readiness.tolerance`; a process that ends is noticed at once, also between two looks. Safe to
 * run twice: only the time counts in which it looked, in all attempts.
 * @throws NotReady or CrashLoop with the evidence
 */
export function soak(dependencies: Dependencies) {
  return (input: SoakInput): Promise<Noted> =>
    heartbeating(async (report) => {
      const { settings, soak: wanted, release, commit, host } = input;
      const call = hostOf(dependencies, input);
      const asker = askerFor(dependencies, input, settings.readiness, commandCheck(call, input));
      const time = stepTime();
      const left = () => input.slice.durationMs - time.worked;
      const watch = new Watch({ host, settings, release, commit, proven: true, start: null });
      const processes = new ProcessWatch(settings.processes);
      const own = new OwnChecks(wanted, settings.readiness.requestTimeout, dependencies.allowedUrls, () => {
        // Of the time, so that a second attempt takes no result of the first one for its own.
        const round = Math.floor(time.passed / 100);
        return runCommand(call, input, input.slice.number * ROUNDS_PER_SLICE + round);
      });
      const tolerance = settings.readiness.tolerance;
      for (let looks = 1; ; looks++) {
        const since = monotonic();
        const answer = await asker.ask();
        const unit = await call('observe', { address: host.bind, release });
        if (lineStoodStill(since, 1, settings.readiness)) continue;
        watch.see(unit, answer);
        processes.see(unit);
        await own.look();
        report(`${Math.round(time.worked / 1000)} s: ${watch.inWords()}`);
        const process = processes.failed();
        if (process !== null) throw await processFailure(call, input, process);
        const problem = problemOf(watch, own, tolerance);
        if (problem !== null) throw await failure(call, input, watch, problem);
        const isGood = !watch.isBad && watch.isOurs && !own.isBad;
        if (isGood && looks >= LEAST_LOOKS && left() <= 0)
          return { note: [`${seconds(input.slice.durationMs)}, ${looks} looks`, ...bad(watch)].join(', ') };
        const pause = watch.isBad || own.isBad ? SOON_MS : wanted.interval;
        await untilNextLook(call, input, watch, Math.min(pause, Math.max(SOON_MS, left())));
      }
    });
}

function bad({ badAnswers }: Watch): string[] {
  return badAnswers === null ? [] : [badAnswers];
}

interface Problem {
  type: 'NotReady' | 'CrashLoop';
  words: string;
  evidence?: Evidence;
}

function problemOf(watch: Watch, own: OwnChecks, tolerance: number): Problem | null {
  const loop = watch.crashLoop();
  if (loop !== null) return { type: 'CrashLoop', words: `its process did not continue: ${loop}` };
  if (watch.badFor >= tolerance)
    return { type: 'NotReady', words: `${watch.inWords()}${forLonger(tolerance)}` };
  const flaps = watch.flaps();
  if (flaps !== null) return { type: 'NotReady', words: `${flaps}, last ${watch.inWords()}` };
  return own.problem(tolerance);
}

function forLonger(tolerance: number): string {
  return ` for ${inSeconds(tolerance)} (readiness.tolerance)`;
}

/** Waits on the host, which says so at once when the process ends. So the soak is not a `poll`: its pauses are looks. */
async function untilNextLook(
  call: CallHost,
  { release }: SoakInput,
  watch: Watch,
  pause: number,
): Promise<void> {
  const until = monotonic() + pause;
  if (pause <= 1_000) {
    await Context.current().sleep(pause);
    return;
  }
  while (monotonic() < until && watch.crashLoop() === null) {
    // The clock has fractions, which the helper refuses.
    const waitMilliseconds = Math.max(
      0,
      Math.min(TYPES.waitDuration.maximum, Math.ceil(until - monotonic())),
    );
    watch.seeUnit(await call('observe', { address: null, release, waitMilliseconds }));
  }
}

async function failure(call: CallHost, input: SoakInput, watch: Watch, problem: Problem): Promise<Error> {
  const { service, host, release } = input;
  return fail(problem.type, `${service} on ${host.name} went bad in its soak: ${problem.words}.`, {
    host: host.name,
    advice:
      adviceOn(problem.words, input.settings.readiness) ??
      'Read the journal of that start and its last answer, fix the cause, and deploy again.',
    evidence: {
      ...(await takeEvidence(call, release, watch.tellingStart, watch.lastAnswer, input.settings.readiness)),
      ...problem.evidence,
    },
  });
}

async function processFailure(call: CallHost, input: SoakInput, failed: FailedProcess): Promise<Error> {
  const { host, release } = input;
  const { process, words, invocation } = failed;
  const evidence = await takeEvidence(call, release, invocation, null, undefined, process);
  const cause = causeInJournal(evidence.journal ?? []) ?? words;
  return fail(
    'CrashLoop',
    `${process} of ${release} on ${host.name} did not continue in its soak: ${cause}.`,
    {
      host: host.name,
      advice: `Read its journal, fix the cause, and deploy again. With processes.${process}.onFailure: report its end rolls nothing back.`,
      evidence,
    },
  );
}

/** The service's own checks of a release: a url and a command. */
class OwnChecks {
  private since: number | null = null;
  private words = '';
  private evidence: Evidence | undefined;

  constructor(
    private readonly wanted: SoakSettings,
    private readonly requestTimeout: number,
    private readonly allowed: AllowedUrls,
    private readonly command: () => Promise<{ words: string; output: string } | null>,
  ) {}

  get isBad(): boolean {
    return this.since !== null;
  }

  problem(tolerance: number): Problem | null {
    if (this.since === null || monotonic() - this.since < tolerance) return null;
    return { type: 'NotReady', words: `${this.words}${forLonger(tolerance)}`, evidence: this.evidence };
  }

  async look(): Promise<void> {
    const found = (await this.askUrl()) ?? (await this.runCommand());
    if (found === null) {
      this.since = null;
      return;
    }
    this.since ??= monotonic();
    this.words = found.words;
    this.evidence = found.evidence;
  }

  private async askUrl(): Promise<{ words: string; evidence?: Evidence } | null> {
    const { url } = this.wanted;
    if (url === null) return null;
    const { allowed, requestTimeout } = this;
    const answer = await ask({ url, allowed, headers: {}, timeoutMs: requestTimeout });
    return isReady(answer) ? null : { words: `${url}: ${inWords(answer, { requestTimeout })}` };
  }

  private async runCommand(): Promise<{ words: string; evidence?: Evidence } | null> {
    const { command } = this.wanted;
    if (command === null) return null;
    const found = await this.command();
    return found && { words: found.words, evidence: { output: found.output } };
  }
}

async function runCommand(
  call: CallHost,
  input: SoakInput,
  round: number,
): Promise<{ words: string; output: string } | null> {
  const { soak: wanted, release, settings } = input;
  const state = await runJob(
    call,
    input,
    {
      step: 'soak',
      as: 'service',
      release,
      argv: ['/usr/bin/env', '--', ...(wanted.command ?? [])],
      env: settings.env,
      timeout: wanted.commandTimeout,
      memory: wanted.commandMemory,
    },
    { firstRound: round },
  );
  if (succeeded(state)) return null;
  const said = lastLine(state.output);
  return {
    words: `its command ${howItEnded(state, wanted.commandTimeout, 'soak.commandMemory')}${said === '' ? '' : `: ${said}`}`,
    output: state.output,
  };
}
