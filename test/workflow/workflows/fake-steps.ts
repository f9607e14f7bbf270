/**
 * In-process fakes of the activities, for orders and races that real hosts cannot easily give.
 * They record what the workflow asked for; what a host would answer is set by each test.
 */
import type { Activities } from '../../../src/activities';
import { checkDeployInput, checkDoctorInput } from '../../../src/activities/check-input';
import type { HostTarget } from '../../../src/config/deploy-input';
import { serverOf } from '../../../src/deployment/server';
import { settings } from '../../harness/deploy-input';
import { LIVE_AND_READY } from '../../harness/inspections';
import { projectFacts } from '../../harness/project-facts';

type StepName = keyof Activities;

/** Called instead of the usual fake; `nth` counts the calls of that step on that host from 1. */
export type Behaviour = (host: string, input: unknown, nth: number) => Promise<object | undefined>;

export interface FakeSteps {
  activities: Activities;
  /** `web1 restart`, in the order of their beginning. */
  begun: string[];
  /** The same, in the order of their end, failures included. */
  ended: string[];
  /** Inputs by `web1 restart`, in order. */
  inputs: Map<string, Record<string, unknown>[]>;
}

const SHA = '0123456789abcdef0123456789abcdef01234567';

/** The answer of each step on a healthy host. */
export const USUAL_ANSWERS: Record<Exclude<StepName, `check${string}`>, object> = {
  resolveCommit: {
    commit: SHA,
    subject: 'Add a basket',
    project: projectFacts(),
    note: '',
  },
  inspectHost: LIVE_AND_READY,
  previewUnit: { changed: false, added: 0, removed: 0, diff: '', isCut: false, warnings: [], note: '' },
  compareCommits: {
    from: LIVE_AND_READY.liveCommit,
    added: { count: 1, newest: [{ commit: SHA, subject: 'Add a basket' }] },
    removed: { count: 0, newest: [] },
    dependencies: { changes: [], more: 0, notCompared: [] },
    problem: null,
    note: '',
  },
  claimHost: { fence: 7, tookOver: false, note: '' },
  repairHost: { note: '' },
  fetchRelease: { release: '2-0123456', built: false, note: '' },
  installDependencies: { note: '', interpreter: null },
  buildRelease: { note: '' },
  examineRelease: { app: 'main:app', server: serverOf(settings()), tls: false, note: '' },
  preImport: { note: '' },
  migrate: { note: '' },
  rehearse: { note: '' },
  renderUnit: { diff: '', note: '' },
  restart: { invocation: 'abc', note: '' },
  installInstance: { diff: '', note: '' },
  startRelease: { note: '', proven: true },
  switchRelease: { note: '' },
  startProcesses: { note: '' },
  switchProcesses: { note: '', draining: [] },
  finishProcesses: { note: '' },
  makeRoom: { note: '' },
  moveCheckout: { note: '' },
  sendCommit: { note: '' },
  removeInstance: { note: '' },
  awaitHost: { note: '' },
  awaitReady: { note: '' },
  soak: { note: '' },
  markGood: { note: '' },
  collectEvidence: { host: 'web1', evidence: {}, note: '' },
  restoreUnit: { note: '' },
  stopService: { note: '' },
  discardRelease: { note: '' },
  closeClaim: { note: '' },
};

/** @param behaviours by step name; a result of `undefined` means the usual one */
export function fakeSteps(behaviours: Partial<Record<StepName, Behaviour>> = {}): FakeSteps {
  const fake: FakeSteps = { activities: {} as Activities, begun: [], ended: [], inputs: new Map() };
  const counts = new Map<string, number>();
  const step = (name: keyof typeof USUAL_ANSWERS) => async (input: { host?: HostTarget }) => {
    const host = input.host?.name ?? '-';
    const call = `${host} ${name}`;
    fake.begun.push(call);
    fake.inputs.set(call, [...(fake.inputs.get(call) ?? []), { ...input }]);
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    try {
      return (await behaviours[name]?.(host, input, nth)) ?? USUAL_ANSWERS[name];
    } finally {
      fake.ended.push(call);
    }
  };
  const names = Object.keys(USUAL_ANSWERS) as (keyof typeof USUAL_ANSWERS)[];
  const fakes = Object.fromEntries(names.map((name) => [name, step(name)]));
  const checkSearchable = async () => false;
  // Activities that need no host are real.
  fake.activities = {
    ...fakes,
    checkDeployInput,
    checkDoctorInput,
    checkSearchable,
  } as unknown as Activities;
  return fake;
}
