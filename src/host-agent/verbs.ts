/** The verbs of `landfall-host`: what the worker asks for, and what it gets. */
import type { z } from 'zod';
import type { helperError, results } from './answers';
import type { Kept } from './kept';
import type { Address, Claim, JobRequest, UnitRequest } from './protocol';

type Result<V extends keyof typeof results> = z.infer<(typeof results)[V]>;

/** Request and result of every verb. Verbs with a `claim` change something and are safe to repeat. */
export interface Verbs {
  /** Read-only and quick: which build of the helper this is. */
  version: { request: Record<string, never>; result: Result<'version'> };
  /** Read-only: what this host is, what runs, who has claimed it. `address`: where the service listens. */
  inspect: { request: { python: string; address: Address | null }; result: Result<'inspect'> };
  /**
   * Changes nothing, but ends a unit that was told to end and puts that off beyond its own time. Quick: the
   * unit that serves, or the one that `release` is to serve in. With
   * `waitMilliseconds` (0 to 8,000) it answers as soon as the main process that runs now has ended.
   */
  observe: {
    request: { address: Address | null; release?: string | null; waitMilliseconds?: number };
    result: Result<'observe'>;
  };
  /**
   * Takes the host for a run: raises the fence. The same run again gets the same fence.
   * Refused (`Fenced`) while another engine's claim is open, unless `takeOver`, and for a run
   * whose claim was already succeeded by a later one. Stops the jobs of older claims.
   */
  claim: {
    request: { run: string; engine: string; commit: string; by: string; takeOver: boolean };
    result: Result<'claim'>;
  };
  /** Mends what a torn-off deploy left: partial directories, unit overrides that nothing runs. */
  repair: { request: { claim: Claim }; result: Result<'repair'> };
  /**
   * Unpacks a gzipped tar (`bytes` long, following the request's line) into a new release
   * directory, links `shared` paths, and names it when it is whole. A complete release with the
   * same `content` is reused and the bytes are not needed (`bytes: 0` asks only that). `beside`:
   * one that is in use (live, or what boots) is not, because the new one is to run beside it.
   */
  stage: {
    request: {
      claim: Claim;
      commit: string;
      content: string;
      shared: string[];
      beside?: boolean;
      bytes: number;
      sha256: string;
    };
    result: Result<'stage'>;
  };
  /** Removes a release that this run staged, unless it is live, last good, or was there before. */
  discard: { request: { claim: Claim; release: string }; result: Result<'discard'> };
  /**
   * Names the virtual environment for a release (hash of its requirement files and the
   * interpreter) and links `.venv` to it once it is complete.
   */
  venv: {
    request: { claim: Claim; release: string; requirements: string[]; python: string };
    result: Result<'venv'>;
  };
  job: { request: JobRequest; result: Result<'job'> };
  /** Follows a job that was started before. */
  'job-wait': {
    request: { fence: number; step: string; round: number; waitMilliseconds: number };
    result: Result<'job-wait'>;
  };
  /** Stops a job's whole cgroup. */
  'job-stop': {
    request: { claim: Claim; step: string; round: number };
    result: Result<'job-stop'>;
  };
  /**
   * Renders the unit of a release that runs alone, asks `systemd-analyze verify`, keeps what was there
   * before under the fence, and puts it in force for this boot only (`mark-good` makes it the
   * one that boots). Changes no process.
   */
  'install-unit': { request: UnitRequest; result: Result<'install-unit'> };
  /**
   * Undoes `install-unit`. `before`: the text that was in force before this fence's first
   * `install-unit`; `boot`: no override at all, so that the text that boots (last good's) is in force.
   */
  'restore-unit': { request: { claim: Claim; to: 'before' | 'boot' }; result: Result<'restore-unit'> };
  /**
   * Restarts the unit so that `release` runs (null: whatever unit is in force, not one of ours),
   * clearing a start limit first. Does not wait for readiness. Repeated with the same claim, it
   * does not restart a unit that this very request has already restarted.
   */
  restart: {
    request: { claim: Claim; release: string | null };
    result: Result<'restart'>;
  };
  /** Stops and disables the unit: the rollback of a first deploy. */
  stop: { request: { claim: Claim }; result: Result<'stop'> };
  /**
   * Renders the unit of one release that is to run beside others, and writes it. Nothing boots
   * it and nothing is started. The diff is against what is live.
   */
  'install-instance': { request: UnitRequest; result: Result<'install-instance'> };
  /**
   * Starts a release beside what runs, opening the service's socket on `address` first. Waits at
   * most `waitMilliseconds` (0 to 8,000) until it is `up`: its gate has let it open, or, without one, Gunicorn
   * has started its workers. On `trial` the gate refuses to open an unready one. Repeated with the
   * same claim it waits on, and starts nothing twice.
   */
  start: {
    request: { claim: Claim; release: string; address: Address; trial: boolean; waitMilliseconds: number };
    result: Result<'start'>;
  };
  /** Makes a running release the live one for this boot, and lets every other drain and stop. Does not wait for that. */
  switch: { request: { claim: Claim; release: string }; result: Result<'switch'> };
  /**
   * Stops what runs of the service apart from `release` (null: all of it), or closes the socket too when
   * asked to, which ends `release` as well. `stopped: false` is one that still finishes its requests: ask again.
   * `endUser`: then every other process of the service's user is killed too, `release` included; `ended` counts them.
   */
  'make-room': {
    request: { claim: Claim; release: string | null; closeSocket: boolean; endUser?: boolean };
    result: Result<'make-room'>;
  };
  /** Stops a release that was started beside the live one, and forgets its unit unless it was good before. */
  'remove-instance': { request: { claim: Claim; release: string }; result: Result<'remove-instance'> };
  /** An HTTP GET from the host itself, for hosts that forbid port forwarding. Runs as the deploying user. */
  probe: {
    request: {
      address: Address;
      path: string;
      headers: Record<string, string>;
      timeoutMilliseconds: number;
    };
    result: Result<'probe'>;
  };
  /**
   * What is known about one start, of the unit that serves or of that of `release`: unit state, the
   * journal of exactly that start, and `texts` given back redacted. Read-only.
   */
  evidence: {
    request: { release?: string | null; invocation: string | null; texts: Record<string, string> };
    result: Result<'evidence'>;
  };
  /**
   * Refused (`CommandFailed`) unless the release is what runs. Records it as last good, with `kept` in
   * its record (absent: what is there stays), makes it what boots, moves `current`, prunes old releases and
   * unused virtual environments (never the live or last good one).
   */
  'mark-good': {
    request: { claim: Claim; release: string; keep: number; kept?: Kept };
    result: Result<'mark-good'>;
  };
  /** Closes the claim with the run's outcome. */
  finish: { request: { claim: Claim; outcome: string }; result: Result<'finish'> };
}

export type Verb = keyof Verbs;

export type HelperError = z.infer<typeof helperError>;
export type HelperErrorType = HelperError['type'];

export type Answer<V extends Verb> =
  | { protocol: number; ok: true; result: Verbs[V]['result'] }
  | { protocol: number; ok: false; error: HelperError };
