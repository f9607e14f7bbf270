import { setTimeout as delay } from 'node:timers/promises';
import type { LoadReport } from '../../bench/load';
import type { Phase } from '../../src/deployment/status';
import type { Ran } from '../harness/run-command';
import type { Strategy } from '../harness/world';
import { type FaultName, faultKind } from './fault-kinds';
import { type Expected, violations, violationsAfterReboot } from './invariants';
import type { FaultLab, Scenario } from './lab';
import { RunWatch } from './run-watch';

export interface PlannedFault {
  fault: FaultName;
  /** Injected when this step begins: its place among the run's steps, from 0, or its name. */
  at: number | string;
  /** Milliseconds after that. */
  after: number;
}

/** One deploy, and what is done to it. */
export interface Plan {
  strategy: Strategy;
  scenario: Scenario;
  faults: PlannedFault[];
  /** By chance: of its seed and this number, by which it is done again; otherwise as they come. */
  number?: number;
}

export interface Injected {
  fault: FaultName;
  /** null: the run had ended before that step. */
  step: string | null;
  phase: Phase;
  /** Milliseconds since 1970. */
  since: number;
  /**
   * From the fault until the run reached its next step or ended; for an abandoned run, until the repair. null: it
   * did neither.
   */
  recoverySeconds: number | null;
}

export interface RunResult {
  plan: Plan;
  injected: Injected[];
  /** Exit code of the deploy's client. */
  code: number | null;
  seconds: number;
  users: Pick<LoadReport, 'requests' | 'failed' | 'failures' | 'outageMs'>;
  violations: string[];
  /** The client's output, for a run with violations. */
  output: string;
}

/** Longer than any fault and its recovery together: beyond it the deploy is stuck, and the run in doubt. */
const STUCK_MS = 5 * 60_000;

/** Deploys once while the planned faults strike, then checks the host, also after a reboot. */
export async function faultRun(lab: FaultLab, plan: Plan): Promise<RunResult> {
  await lab.mend(Math.max(...plan.faults.map(({ fault }) => faultKind(fault).workers ?? 1)));
  const before = await lab.live();
  const commit = lab.commit(plan.scenario);
  const began = Date.now();
  const { result, users } = await lab.underLoad(async () => {
    const struck = await strike(lab, commit, plan);
    const mended = await mendAbandoned(lab, struck.injected);
    for (const one of struck.injected) {
      if (isAbandoning(one)) one.recoverySeconds = (Date.now() - one.since) / 1000;
    }
    return { ...struck, mended };
  });
  const { ran, injected, mended } = result;
  const seconds = (Date.now() - began) / 1000;

  const { live, wrong } = await judge(lab, plan, { ran, injected, mended, commit, before });
  const kinds = injected.filter(({ step }) => step !== null).map(({ fault }) => faultKind(fault));
  const usersMayNotice = plan.strategy === 'restart' || kinds.some((kind) => kind.usersMayNotice);
  if (!usersMayNotice && users.failed > 0) wrong.push(`requests failed: ${JSON.stringify(users.failures)}`);
  const expected: Expected = {
    live,
    strategy: plan.strategy,
    migrated: lab.migrates && live !== before,
    rebooted: kinds.some((kind) => kind.effect === 'may reject'),
  };
  wrong.push(...(await violations(lab.world.host, expected)));
  if (wrong.length === 0) wrong.push(...(await violationsAfterReboot(lab.world.host, expected)));
  const { requests, failed, failures, outageMs } = users;
  return {
    plan,
    injected,
    code: ran.code,
    seconds,
    users: { requests, failed, failures, outageMs },
    violations: wrong,
    output: wrong.length === 0 ? '' : `${ran.output}\n${mended?.ran.output ?? ''}`,
  };
}

interface Struck {
  ran: Ran;
  injected: Injected[];
}

/** Deploys, and injects each fault at its step. */
async function strike(lab: FaultLab, commit: string, plan: Plan): Promise<Struck> {
  const { address } = lab.world.engine;
  const runBefore = await RunWatch.newest(address);
  const over = new AbortController();
  const deploying = lab.deploy(commit).finally(() => over.abort());
  const injecting = (async () => {
    const run = await RunWatch.after(address, runBefore, over.signal);
    const injected: Omit<Injected, 'recoverySeconds'>[] = [];
    for (const { fault, at, after } of plan.faults) {
      let step = await run.step(at);
      if (step !== null) await delay(after);
      if (run.hasEnded || over.signal.aborted) step = null;
      const since = Date.now();
      injected.push({ fault, step, phase: run.phase, since });
      if (step !== null) await faultKind(fault).inject(lab, run, after);
    }
    return { run, injected };
  })();
  const ran = await Promise.race([deploying, stuck()]);
  const { run, injected } = await injecting;
  await run.end();
  return {
    ran,
    injected: injected.map((what) => {
      return { ...what, recoverySeconds: what.step === null ? null : run.recovery(what.since) };
    }),
  };
}

async function stuck(): Promise<Ran> {
  await delay(STUCK_MS, undefined, { ref: false });
  return { code: null, output: `the deploy did not end within ${STUCK_MS / 1000} s` };
}

function isAbandoning({ fault, step }: Injected): boolean {
  return step !== null && faultKind(fault).effect === 'abandons';
}

/** The run after an abandoned one. `commit` null: the doctor, which deploys nothing. */
interface Mended {
  ran: Ran;
  commit: string | null;
}

/** Repairs an abandoned deploy: by the next deploy, or by the doctor. */
async function mendAbandoned(lab: FaultLab, injected: Injected[]): Promise<Mended | null> {
  const abandoned = injected.find(isAbandoning);
  if (abandoned === undefined) return null;
  if (faultKind(abandoned.fault).doctor) {
    return { commit: null, ran: await lab.world.landfall('doctor', 'shop', '--repair') };
  }
  const commit = lab.commit('good');
  // A run that was reset is another one by now.
  return { commit, ran: await lab.deploy(commit, '--wait-for-running') };
}

/** Which release must be live by what the run said, and whether that is an end which it may have. */
async function judge(
  lab: FaultLab,
  plan: Plan,
  end: {
    ran: Ran;
    injected: Injected[];
    mended: Mended | null;
    commit: string;
    before: string;
  },
): Promise<{ live: string; wrong: string[] }> {
  const { ran, injected, mended } = end;
  if (mended !== null) {
    const wrong = mended.ran.code === 0 ? [] : [`the repair ended with ${mended.ran.code}`];
    if (mended.ran.code !== 0) return { live: end.before, wrong };
    if (mended.commit !== null) return { live: await releaseOf(lab, mended.commit), wrong };
    // Good from its commit point on, and never before that.
    const isGood = injected.some(({ phase }) => phase === 'finish') && (await isLastGood(lab, end.commit));
    return { live: isGood ? await releaseOf(lab, end.commit) : end.before, wrong };
  }
  const effects = injected.flatMap(({ fault, step }) => (step === null ? [] : faultKind(fault).effect));
  const allowed = plan.scenario === 'good' ? [0] : [3];
  if (effects.includes('cancels')) allowed.push(5);
  if (effects.includes('may reject')) allowed.push(2, 3);
  const wrong = allowed.includes(ran.code ?? -1)
    ? []
    : [`a ${plan.scenario} release ended with ${ran.code}, not ${allowed.join(' or ')}`];
  return { live: ran.code === 0 ? await releaseOf(lab, end.commit) : end.before, wrong };
}

async function isLastGood(lab: FaultLab, commit: string): Promise<boolean> {
  return (await lab.live()).endsWith(`-${commit.slice(0, 7)}`);
}

async function releaseOf(lab: FaultLab, commit: string): Promise<string> {
  const { stdout } = await lab.world.host.root('ls /srv/shop/releases');
  return (
    stdout.split('\n').find((name) => name.endsWith(`-${commit.slice(0, 7)}`)) ?? `the release of ${commit}`
  );
}
