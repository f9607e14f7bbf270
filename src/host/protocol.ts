/**
 * What the worker says to `landfall-host` and what it answers: one JSON object on a line
 * each way, over one SSH command (`sudo -n /usr/local/lib/landfall/landfall-host`).
 *
 * The program on the host is made of `host/landfall_host/`; this file is its contract. A change here
 * that an older helper would misread raises `PROTOCOL`.
 */

/** Sent in every request and every answer; a helper that speaks another one is `SetupNeeded`. */
export const PROTOCOL = 1;

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

/** One systemd unit, and the processes in it, at one moment. */
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
  exitStatus: number;
  mainPid: number;
  /** systemd's id of this start; empty while nothing runs. */
  invocation: string;
  /** How often systemd restarted it by itself. */
  restarts: number;
  /** Which release the main process was started from, asked of the process itself; null: not one of ours. */
  release: string | null;
  /** Direct children of the main process: Gunicorn's workers. */
  workers: number[];
  memoryBytes: number | null;
  /** Who accepts connections on the address asked about: this unit, somebody else, nobody; null when none was asked. */
  listener: 'unit' | 'other' | 'nobody' | null;
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
  systemd: number;
  /** The interpreter asked about; `id` names version, implementation and platform. null: not there. */
  python: { path: string; version: string; id: string } | null;
  uv: string | null;
  diskFreeBytes: number;
  memoryAvailableBytes: number;
  policy: Policy;
  claim: ClaimRecord | null;
  live: UnitState;
  /** The release that a reboot would start; null: nothing, or a unit that is not ours. */
  boot: { release: string | null; enabled: boolean; foreign: boolean };
  lastGood: string | null;
  releases: ReleaseRecord[];
  /** What `repair` would mend, one sentence each. */
  leftovers: string[];
}

export interface JobState {
  /** The transient unit's name. */
  name: string;
  /** `lost`: the host was rebooted while it ran; `absent`: never started. */
  state: 'running' | 'ended' | 'lost' | 'absent';
  /** systemd's word: `success`, `exit-code`, `signal`, `timeout`, `oom-kill` … ; null until it ended. */
  result: string | null;
  exitStatus: number | null;
  elapsedSeconds: number;
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
  timeoutSeconds: number;
  memoryMaxBytes: number | null;
  /** How long to wait for its end before answering `running`; 0 to 8. */
  waitSeconds: number;
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

/** Request and result of every verb. Verbs with a `claim` change something and are safe to repeat. */
export interface Verbs {
  /** Read-only: what this host is, what runs, who has claimed it. `address`: where the service listens. */
  inspect: { request: { python: string; address: Address | null }; result: HostFacts };
  /** Read-only and quick: the unit now. */
  observe: { request: { address: Address | null }; result: UnitState };
  /**
   * Takes the host for a run: raises the fence. The same run again gets the same fence.
   * Refused (`Fenced`) while another engine's claim is open, unless `takeOver`, and for a run
   * whose claim was already succeeded by a later one. Stops the jobs of older claims.
   */
  claim: {
    request: { run: string; engine: string; commit: string; by: string; takeOver: boolean };
    result: { fence: number; tookOver: ClaimRecord | null; stoppedJobs: string[] };
  };
  /** Mends what a torn-off deploy left: partial directories, unit overrides that nothing runs. */
  repair: { request: { claim: Claim }; result: { mended: string[] } };
  /**
   * Unpacks a gzipped tar (`bytes` long, following the request's line) into a new release
   * directory, links `shared` paths, and names it when it is whole. A complete release with the
   * same `content` is reused and the bytes are not needed (`bytes: 0` asks only that).
   */
  stage: {
    request: {
      claim: Claim;
      commit: string;
      content: string;
      shared: string[];
      bytes: number;
      sha256: string;
    };
    result: { release: string | null; reused: boolean };
  };
  /** Removes a release that this run staged, unless it is live, last good, or was there before. */
  discard: { request: { claim: Claim; release: string }; result: { removed: boolean } };
  /**
   * Names the virtual environment for a release (hash of its requirement files and the
   * interpreter) and links `.venv` to it once it is complete.
   */
  venv: {
    request: { claim: Claim; release: string; requirements: string[]; python: string };
    result: { name: string; path: string; complete: boolean; unpinned: string[] };
  };
  job: { request: JobRequest; result: JobState };
  /** Follows a job that was started before. */
  'job-wait': {
    request: { fence: number; step: string; round: number; waitSeconds: number };
    result: JobState;
  };
  /** Stops a job's whole cgroup. */
  'job-stop': {
    request: { claim: Claim; step: string; round: number };
    result: { stopped: boolean };
  };
  /**
   * Checks unit text against the policy and with `systemd-analyze verify`, keeps what was there
   * before under the fence, and puts it in force for this boot only (`mark-good` makes it the
   * one that boots). Changes no process. The diff has the values of `Environment=` masked.
   */
  'install-unit': {
    request: { claim: Claim; release: string; text: string };
    result: { changed: boolean; diff: string };
  };
  /**
   * Undoes `install-unit`. `before`: the text that was in force before this fence's first
   * `install-unit`; `boot`: no override at all, so that the text that boots (last good's) is in force.
   */
  'restore-unit': { request: { claim: Claim; to: 'before' | 'boot' }; result: { restored: boolean } };
  /**
   * Restarts the unit so that `release` runs (null: whatever unit is in force, not one of ours),
   * clearing a start limit first. Does not wait for readiness. Repeated with the same claim, it
   * does not restart a unit that this very request has already restarted.
   */
  restart: {
    request: { claim: Claim; release: string | null };
    result: { did: 'restarted' | 'already'; before: string };
  };
  /** Stops and disables the unit: the rollback of a first deploy. */
  stop: { request: { claim: Claim }; result: { stopped: boolean } };
  /** An HTTP GET from the host itself, for hosts that forbid port forwarding. Runs as the deploying user. */
  probe: {
    request: {
      address: Address;
      path: string;
      headers: Record<string, string>;
      timeoutMilliseconds: number;
    };
    result: ProbeAnswer;
  };
  /**
   * What is known about one start: unit state, the journal of exactly that start, and `texts`
   * given back redacted. Read-only.
   */
  evidence: {
    request: { invocation: string | null; texts: Record<string, string> };
    result: { unit: UnitState; journal: string[]; texts: Record<string, string> };
  };
  /**
   * Refused (`CommandFailed`) unless the release is what runs. Records it as last good, makes it what boots, moves `current`, prunes old releases
   * and unused virtual environments (never the live or last good one).
   */
  'mark-good': {
    request: { claim: Claim; release: string; keep: number };
    result: { pruned: string[] };
  };
  /** Closes the claim with the run's outcome. */
  finish: { request: { claim: Claim; outcome: string }; result: { closed: boolean } };
}

export type Verb = keyof Verbs;

/** Why the helper refused or failed. `Busy`: another request held the lock for too long; nothing was done. */
export type HelperErrorType =
  | 'InvalidInput'
  | 'SetupNeeded'
  | 'Fenced'
  | 'CommandFailed'
  | 'NoSpace'
  | 'Busy';

export interface HelperError {
  type: HelperErrorType;
  message: string;
  /** Output of the command that failed, redacted, at most 16 KiB. */
  output?: string;
}

export type Answer<V extends Verb> =
  | { protocol: number; ok: true; result: Verbs[V]['result'] }
  | { protocol: number; ok: false; error: HelperError };
