/**
 * The status of a run: kept in the run's memo, where clients read it without a worker, and shown in the Temporal UI.
 * Pure; shared by the workflow and the command line.
 */
import type { DeployInput, DoctorInput } from '../config/deploy-input';
import type { FailureType } from './failures';
import type { ReleaseEnvironment } from './managed-environment';

export const OUTCOMES = [
  'deployed',
  'rejected',
  'rolled-back',
  'accepted',
  'needs-operator',
  'superseded',
  'repaired',
  'not-repaired',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const PHASES = ['prepare', 'release', 'finish', 'rollback', 'repair', 'ended'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * How far a deploy came on one host. `unseen`: not inspected yet. `restored`: the previous release runs again and
 * answers ready. `emptied`: no release ran before, and none runs again. `soaking`: the release serves and is watched.
 * `unreachable`: a change there is retried, and not made yet. Of a repair: `well`, nothing had to be repaired;
 * `repaired`.
 */
export const HOST_STATES = [
  'unseen',
  'untouched',
  'prepared',
  'released',
  'soaking',
  'good',
  'restored',
  'emptied',
  'unreachable',
  'well',
  'repaired',
  'needs-operator',
  'unknown',
] as const;
export type HostState = (typeof HOST_STATES)[number];

/** A process that was told to finish. */
export interface Draining {
  process: string;
  release: string;
  /** When systemd ends it at the latest. */
  until: string;
}

export interface HostFact {
  state: HostState;
  /** The live release as far as this run knows; null: none, or a unit that is not a release. */
  live: string | null;
  /** The version of the managed environment that the live release has; absent: nothing was ever set. */
  environment?: ReleaseEnvironment;
  /** The problem there, and what is left to do. */
  problem: string | null;
  /** The end of its soak, while it soaks. */
  soaksUntil?: string;
  /** The processes of earlier releases that finish their tasks; absent: there are none. */
  draining?: Draining[];
  /** Code of the new release has run there, on trial or in service. Landfall does not know its effects. */
  ran?: true;
  /** The repair of the leftovers of an abandoned deploy. */
  repaired?: string;
  /** The last good release that the doctor found; null: no release was ever good. */
  lastGood?: { release: string; commit: string | null } | null;
}

export interface Reason {
  type: FailureType | 'Cancelled' | 'Unexpected';
  message: string;
  host: string | null;
  advice: string;
}

export interface DeployStatus {
  /** All of them run under the same workflow id, so that they exclude each other; absent: a deploy. */
  task?: 'repair' | 'restart';
  service: string;
  environment: string;
  /** The request: a ref, `previous`, `restart`, or the name of a repair. */
  requested: string;
  /** The full SHA; null until it is known. */
  commit: string | null;
  by: string;
  ciRun: string | null;
  /** On each host the old release stops before anything of the new one runs there. */
  stopFirst?: boolean;
  phase: Phase;
  /** null while the run decides; `needs-operator` while it waits for a person. */
  outcome: Outcome | null;
  cancelled: boolean;
  /** Why it was not deployed. */
  reason: Reason | null;
  /** Why a person is needed. */
  trouble: Reason | null;
  /** The decisions of operators, in order. */
  decisions: string[];
  /** The number of the current question to an operator; a decision names it. null: there is no question. */
  question: number | null;
  /** In a summary of many hosts only some: those in trouble first. */
  hosts: Record<string, HostFact>;
  /** How many hosts a summary does not name, by their state; absent: it names all. */
  others?: Partial<Record<HostState, number>>;
}

/** Whether some host stands as no step left it: a person was asked, and may have accepted it so. */
export function isUnverified(status: DeployStatus): boolean {
  // A summary names such hosts first, so that at least one is there.
  return Object.values(status.hosts).some((fact) => fact.state === 'needs-operator');
}

/** Which work it is that needs a person. */
export function whatFailed({ phase }: DeployStatus): string {
  return phase === 'finish' ? 'Marking the new release good failed' : 'The rollback failed';
}

/** Nothing has happened yet. */
export function undecided() {
  return {
    phase: 'prepare' as const,
    outcome: null,
    cancelled: false,
    reason: null,
    trouble: null,
    decisions: [],
    question: null,
    hosts: {},
  };
}

/** The status before the first step. */
export function initialStatus(input: DeployInput): DeployStatus {
  const { service, environment, by, ciRun, stopFirst, source } = input;
  return {
    ...('restart' in source && { task: 'restart' as const }),
    service,
    environment,
    requested: requestedBy(input),
    commit: null,
    by,
    ciRun,
    ...(stopFirst && { stopFirst }),
    ...undecided(),
  };
}

/** The same for a repair. */
export function initialRepairStatus({ service, environment, by }: DoctorInput): DeployStatus {
  return {
    task: 'repair',
    service,
    environment,
    requested: 'doctor --repair',
    commit: null,
    by,
    ciRun: null,
    ...undecided(),
  };
}

/** A ref, `previous` or `restart`. */
export function requestedBy({ source }: DeployInput): string {
  if ('ref' in source) return source.ref;
  return 'restart' in source ? 'restart' : 'previous';
}

/** The memo's one field. */
export const STATUS_MEMO = 'landfall';

/** The choices of an operator when a rollback could not be completed. */
export const CHOICES = ['retry', 'accept', 'go-forward'] as const;
export type Choice = (typeof CHOICES)[number];
