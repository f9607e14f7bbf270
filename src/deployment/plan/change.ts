/** The parts of a plan: steps on one host as values, each with its undo. Plain JSON. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Milliseconds } from '../../config/units';
import type { Address } from '../../contract/contract-types';
import type { Probe } from '../model';

/** One step on a host: the name of an activity, and what it needs besides the host and its claim. */
export type Step = { words: string } & (
  | RenderUnit
  | MoveCheckout
  | MakeRoom
  | StartRelease
  | { name: 'switchRelease'; release: string }
  | { name: 'removeInstance'; release: string }
  | { name: 'restart'; release: string | null }
  | { name: 'restoreUnit'; to: UnitText }
  | { name: 'stopService' }
  | AwaitReady
  | ProcessStep
);

export interface MakeRoom {
  name: 'makeRoom';
  release: string | null;
  closeSocket: boolean;
  endUser: boolean;
  /** Where systemd listens before the old unit ends, so that connections wait; null: as before. */
  listen: Address | null;
}

export interface RenderUnit {
  name: 'renderUnit';
  release: string;
  commit: string;
  settings: ServiceSettings;
  /** Where the service runs; null: in its release. */
  directory: string | null;
}

/** Stops the service, and moves its checkout to the commit of a release; null: back to where it was. */
export interface MoveCheckout {
  name: 'moveCheckout';
  checkout: string;
  release: string | null;
  /** The rollback target, if it is a release. */
  back: string | null;
}

/** A step of the processes besides the web server. `processes` are their names. */
export type ProcessStep =
  /** The processes run besides the old ones, and are up. */
  | { name: 'startProcesses'; release: string; processes: string[]; limit: Milliseconds }
  /**
   * Those of that release are live and boot; null: of none. All others of these names are told to finish. Their end is
   * not waited for.
   */
  | { name: 'switchProcesses'; release: string | null; processes: string[] }
  | FinishProcesses;

/** All of these names end, of every release, and are waited for. */
export interface FinishProcesses {
  name: 'finishProcesses';
  processes: string[];
  limit: Milliseconds;
  words: string;
}

export interface StartRelease {
  name: 'startRelease';
  release: string;
  trial: boolean;
  /** No pre-import has proven the import here. If the gate does not prove it either, a pre-import follows. */
  provesImport: boolean;
  probe: Probe;
}

/** Changes nothing. With a `commit`, what the start before it has shown counts too: the release is new. */
export interface AwaitReady {
  name: 'awaitReady';
  /** Who must answer; null: the unit in force, which is not one of ours. */
  release: string | null;
  commit: string | null;
  probe: Probe;
}

/** Which text of the one unit: the one before this deploy, or the one that boots. */
export type UnitText = 'before' | 'boot';

/** Steps that undo something together. When one of them fails, all of them are done again. */
export type Undo = Step[];

export interface Change {
  does: Step;
  /** All that undoes the deploy from the moment at which this change begins, in its order. */
  undo: Undo[];
  /** Once this change has begun, what serves may have changed: the undo verifies it. */
  touchesLive: boolean;
  interrupts: Interruption | null;
}

/** That users notice a change, and why. */
export interface Interruption {
  /** `wait`: connections wait in systemd's socket; `fail`: they are refused. */
  requests: 'wait' | 'fail';
  why: string;
}
