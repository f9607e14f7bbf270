/**
 * What the worker says to `landfall-host` and what it answers: one JSON object on a line
 * each way, over one SSH command (`sudo -n /usr/local/lib/landfall/landfall-host`).
 *
 * The program on the host is made of `host/landfall_host/`; this file, `verbs.ts` and, for
 * what it answers, `answers.ts` are its contract. A change that an older helper would misread raises `PROTOCOL`.
 */

import type { z } from 'zod';
import type {
  claimRecord,
  hostFacts,
  installedUnit,
  jobState,
  probeAnswer,
  releaseRecord,
  unitState,
} from './facts';

/** Sent in every request and every answer; a helper that speaks another one is `SetupNeeded`. */
export const PROTOCOL = 2;

/** Where `landfall setup` puts the helper, and the only command that sudo allows the deploying user. */
export const HELPER_PATH = '/usr/local/lib/landfall/landfall-host';

/**
 * Proof that a request belongs to the deploy that owns the host.
 * `seq` counts the live changes of this run on this host, undo included; `attempt` is the
 * activity's attempt. The host refuses (`Fenced`) another fence, another run, a lower `seq`,
 * and, for verbs that change what is live, a lower `attempt` of the same `seq`.
 */
export interface Claim {
  fence: number;
  run: string;
  seq: number;
  attempt: number;
}

// What a host answers has one source: the schemas that its answers are checked with.
export type UnitState = z.infer<typeof unitState>;
export type ClaimRecord = z.infer<typeof claimRecord>;
export type ReleaseRecord = z.infer<typeof releaseRecord>;
export type HostFacts = z.infer<typeof hostFacts>;
export type JobState = z.infer<typeof jobState>;
export type InstalledUnit = z.infer<typeof installedUnit>;
export type ProbeAnswer = z.infer<typeof probeAnswer>;

/** `/etc/landfall/<service>.json`: root's decision about what may be deployed on this host. */
export interface Policy {
  service: string;
  /** The user the service runs as. */
  user: string;
  /** The user that Landfall logs in as; owns code and virtual environments. */
  deployUser: string;
  /** `/srv/<service>` unless root chose otherwise. */
  base: string;
  /** Read by systemd, never by the worker; their values are redacted from whatever leaves the host. */
  envFiles: string[];
  /** `<service>.service` unless root chose otherwise. */
  unit: string;
  /** Where the service may listen, as `bind:` is written; absent: wherever systemd and Linux let it. */
  addresses?: string[];
}

/**
 * How a release's process is to run: values, of which the host renders the unit. Nothing of it stands where
 * root's own parts of a unit could be led by it.
 */
export interface ProcessValues {
  app: string;
  env: Record<string, string>;
  gunicorn: {
    workers: number;
    workerClass: string;
    /** Whole seconds, as Gunicorn counts. */
    timeoutMilliseconds: number;
    gracefulTimeoutMilliseconds: number;
    preload: boolean;
    configFile: string | null;
  };
  /** What the gate asks the app. */
  readiness: {
    path: string;
    headers: Record<string, string>;
    timeoutMilliseconds: number;
    requestTimeoutMilliseconds: number;
  };
}

/** Asks for the unit of one release. */
export interface UnitRequest {
  claim: Claim;
  release: string;
  commit: string;
  /** Where the service listens. */
  address: Address;
  process: ProcessValues;
}

/** Where a service listens. */
export type Address = { host: string; port: number } | { socket: string };

/** One long command. Named by fence, step and round: asking again finds it instead of starting it twice. */
export interface JobRequest {
  claim: Claim;
  /** Which step it belongs to: `[a-z][a-z-]*`. */
  step: string;
  /** Rises only when a new try is really wanted. */
  round: number;
  /** `service`: the service's user with its environment files; `deploy`: the deploying user without them. */
  as: 'service' | 'deploy';
  /** Release whose directory it runs in. */
  release: string;
  argv: string[];
  env: Record<string, string>;
  /** Name of the environment that it builds, as the deploying user: the one place where it may write for good. */
  venv?: string | null;
  timeoutMilliseconds: number;
  /** null: a share of what the host has available when it starts, so that the live service keeps the rest. */
  memoryMaxBytes: number | null;
  /** How long to wait for its end before answering `running`; 0 to 8,000. */
  waitMilliseconds: number;
}
