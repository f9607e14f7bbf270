/**
 * What the worker says to `landfall-host` and what it answers: one JSON object on a line
 * each way, over one SSH command (`sudo -n /usr/local/lib/landfall/landfall-host`).
 *
 * The program on the host is made of `host/landfall_host/`; this file and `verbs.ts` are its contract. A change
 * that an older helper would misread raises `PROTOCOL`.
 */

import type { Kept } from './kept';

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

/** One release directory, as recorded by the helper. `good` is when it passed a whole deploy (ISO 8601). */
export interface ReleaseRecord {
  id: string;
  commit: string;
  /** Digest of what was asked to be in it: tree, `path:` and shared links. */
  content: string;
  created: string;
  good: string | null;
  /** The release that was last good when this one became it; null: none, or it is not good. */
  before: string | null;
  /** Name of the virtual environment that its `.venv` points to. */
  venv: string | null;
}

/** One systemd unit, and the processes in it, at one moment. What systemd did not tell is null or `unknown`. */
export interface UnitState {
  unit: string;
  /** systemd's LoadState: `loaded`, `not-found`, `bad-setting` … */
  load: string;
  /** ActiveState: `active`, `activating`, `inactive`, `failed`, `deactivating` … */
  active: string;
  sub: string;
  /** Result of the last start: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` … */
  result: string;
  /** Exit status (or signal number) of the last main process; 0 while one runs. */
  exitStatus: number | null;
  /** 0: none runs. */
  mainPid: number | null;
  /** systemd's id of this start; empty while nothing runs. */
  invocation: string;
  /** How often systemd restarted it by itself. */
  restarts: number | null;
  /**
   * Which release the main process was started from, by what root wrote and systemd read, never by what the
   * process says; null: not one of ours.
   */
  release: string | null;
  /** Direct children of the main process: Gunicorn's workers. At most 1000. */
  workers: number[];
  memoryBytes: number | null;
  /** What any of its processes last told systemd (`STATUS=`), redacted, at most 200 characters; the gate says there how it went. */
  status: string;
  /**
   * Who accepts connections on the address asked about: this unit alone, it and another unit of the
   * service (`shared`), somebody else, nobody; `unknown` where there are too many processes or open files
   * to look at; null when none was asked.
   */
  listener: 'unit' | 'shared' | 'other' | 'nobody' | 'unknown' | null;
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

export interface InstalledUnit {
  changed: boolean;
  /** What changes in the text, values of settings masked. */
  diff: string;
  /** As in {@link HostFacts}. */
  warnings: string[];
}

/** Where a service listens. */
export type Address = { host: string; port: number } | { socket: string };

export interface ClaimRecord {
  fence: number;
  run: string;
  engine: string;
  commit: string;
  by: string;
  since: string;
  state: 'open' | 'closed';
  outcome: string | null;
}

export interface HostFacts {
  helper: { version: string; sha256: string };
  hostname: string;
  bootId: string;
  /** Its version. */
  systemd: number | null;
  /** The interpreter asked about; `id` names version, implementation and platform. null: not there. */
  python: { path: string; version: string; id: string } | null;
  uv: string | null;
  diskFreeBytes: number;
  memoryAvailableBytes: number;
  /** What the live processes have for themselves (proportional set size without files); null: nothing runs, or too many do. */
  liveMemoryBytes: number | null;
  /** Which program holds the address that was asked about; null: nobody, or the service itself. */
  holder: string | null;
  /** Where systemd listens for the service: `127.0.0.1:8000` or a path; several with spaces between. */
  socket: { active: boolean; listens: string };
  /** Whether somebody has put drop-ins beside the service's own unit. */
  dropIns: boolean;
  /** Drop-ins of the service's units that run something with more rights than the service, one sentence each. */
  warnings: string[];
  policy: Policy;
  claim: ClaimRecord | null;
  live: UnitState;
  /** The release that a reboot would start (null: nothing, or a unit that is not ours), and whether as an instance. */
  boot: { release: string | null; enabled: boolean; foreign: boolean; instance: boolean };
  lastGood: string | null;
  releases: ReleaseRecord[];
  /** By release, of those that may be gone back to: what the controller kept with them when they were good. */
  kept: Record<string, Kept>;
  /** What `repair` would mend, one sentence each. */
  leftovers: string[];
}

export interface JobState {
  /** The unit's name. */
  name: string;
  /** `lost`: it began, and its end is unknown, as after a reboot; `absent`: never started, or forgotten. */
  state: 'running' | 'ended' | 'lost' | 'absent';
  /** systemd's word: `success`, `exit-code`, `signal`, `timeout`, `oom-kill` … ; null until it ended. */
  result: string | null;
  exitStatus: number | null;
  elapsedMilliseconds: number;
  /** The memory limit that it runs with; absent where an older helper started it. */
  memoryMaxBytes?: number | null;
  /** The end of its standard output and error, redacted; at most 16 KiB. */
  output: string;
}

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

export interface ProbeAnswer {
  /** HTTP status; null when there was no answer. */
  status: number | null;
  /** At most 2 KiB, redacted. */
  body: string;
  /** Header fields, lower case, redacted. */
  headers: Record<string, string>;
  /** Why there was no answer, in words. */
  error: string | null;
  milliseconds: number;
}
