import type { Ran } from '../../test/harness/run-command';

export type ContenderName = 'landfall-overlap' | 'landfall-restart' | 'script' | 'ansible' | 'capistrano';

export interface DeployOptions {
  /** Whether this release is to be watched after it has gone into service, by those who can. */
  soak: boolean;
  /** The live release is known to be bad; this does not prevent the deploy. */
  fixForward: boolean;
}

/** One way to deploy, with a unit, a directory and a port of its own on the host that all share. */
export interface Contender {
  name: ContenderName;
  /** In the table and the picture. */
  title: string;
  port: number;
  /** Runs once on a host, before the first deploy. */
  setUp(): Promise<void>;
  /** Prepares what a deploy may find ready, such as an open connection; not counted. */
  warmUp(): Promise<void>;
  /** The command that a user would run, to its end. */
  deploy(commit: string, options: DeployOptions): Promise<Ran>;
}

/** The service's settings that have to be the same for everybody. */
export const SERVICE = {
  workers: 2,
  gracefulTimeoutSeconds: 5,
  /** How long a release may take to become ready, in a rehearsal and in service. */
  readyWithinSeconds: 30,
};
