/**
 * What a deploy is asked to do: the workflow's one argument, complete and already checked.
 * Made from `landfall.yaml` and the command line; plain JSON, no secret in it. Durations are whole
 * milliseconds, everywhere: a fraction of a second may have no exact number.
 */
import type { Address } from '../host-agent/protocol';

/** One machine, as the worker reaches it. */
export interface HostTarget {
  /** How people call it: the name used in output, outcome and errors. Unique in an environment. */
  name: string;
  /** What SSH connects to: a DNS name or an IP address. */
  address: string;
  port: number;
  user: string;
  /** Where the service listens on this host. */
  bind: Address;
}

/** How Gunicorn is started. */
export interface GunicornSettings {
  workers: number;
  workerClass: string;
  /** A worker silent for longer is killed and replaced. */
  timeout: number;
  /** How long a stopping worker may finish its requests. */
  gracefulTimeout: number;
  /** Import the app in the master: less memory, but one import error is every worker's. */
  preload: boolean;
  /** The project's own Gunicorn configuration, relative to the release. */
  configFile: string | null;
}

/** When a release counts as able to serve. */
export interface ReadinessSettings {
  /** Path asked on the service's own address, e.g. `/health/ready`. */
  path: string;
  /** Asked instead of the service's own address when set, e.g. through the proxy that users go through. */
  url: string | null;
  headers: Record<string, string>;
  /** Counted from the restart. */
  timeout: number;
  /** Limit of one request. */
  requestTimeout: number;
  /** Good answers in a row that are needed. */
  successes: number;
  /** How long answers of a release that has served already may be bad before it is rolled back. */
  tolerance: number;
  /** Where an answer names its release or commit, so that this is checked too; null: not checked. */
  release: { header: string } | { field: string } | null;
}

/** The time in which a release that serves is watched on before it counts as good. */
export interface SoakSettings {
  time: number;
  /** From one look to the next. */
  interval: number;
  /** Asked too at every look; anything but 2xx is bad. */
  url: string | null;
  /** Run too at every look, on each host, in the release as the service; null: none. */
  command: string[] | null;
  commandTimeout: number;
  commandMemory: number | null;
}

/** What a long command on a host may take. */
export interface JobLimits {
  timeout: number;
  /** null: the host decides, by what it has left when the command starts. */
  memory: number | null;
}

export interface ServiceSettings {
  layout: 'releases';
  /**
   * How a release is put in service: `overlap`, beside the old one, which ends when the new one
   * serves; `restart`, one unit that is restarted.
   */
  strategy: 'overlap' | 'restart';
  /** With `overlap`, on a host without memory for two: refuse, or stop the old one first. */
  whenMemoryShort: 'refuse' | 'restart';
  /** `module:attribute`, as Gunicorn takes it. */
  app: string;
  /** Interpreter on the host that makes the virtual environments. */
  python: string;
  /** Requirement files, relative to the release, every line pinned. */
  requirements: string[];
  /** Paths in the release that are links into `shared/`. */
  shared: string[];
  /** What root must have allowed on the host (`landfall setup`). */
  user: string;
  base: string;
  envFiles: string[];
  unit: string;
  /** Plain settings, shown in the unit; secrets belong in `envFiles`. */
  env: Record<string, string>;
  gunicorn: GunicornSettings;
  preImport: JobLimits;
  /** Boots the release on a private socket before the old one is stopped; null: not done. */
  rehearse: JobLimits | null;
  /** Run once per deploy, on the first host, before anything is released; null: none. */
  migrate: ({ command: string[] } & JobLimits) | null;
  installTimeout: number;
  installMemory: number | null;
  readiness: ReadinessSettings;
  /** null: not watched on. */
  soak: SoakSettings | null;
  /** How long a host that cannot be reached is tried again before an operator is asked. */
  rollback: { keepTrying: number };
  /** Releases kept on a host besides the live and the last good one. */
  keepReleases: number;
}

/** What looks after the hosts of an environment is asked to do: the doctor. */
export interface DoctorInput {
  service: string;
  environment: string;
  hosts: HostTarget[];
  settings: ServiceSettings;
  /** Who asked, for people to read. */
  by: string;
  /** Take the hosts over from another engine's unfinished deploy. */
  takeOver: boolean;
}

export interface DeployInput extends DoctorInput {
  /**
   * What to deploy: a full commit SHA or a ref that the first step resolves; or the good release before the
   * live one, which was watched on when it was new and is so again only with `soak`.
   */
  source: { ref: string } | { previous: true; soak?: boolean };
  /** Git URL or path, as the controller reaches it. */
  repository: string;
  /** Folder of the service inside the repository; null: its root. */
  path: string | null;
  /** How many hosts are released at a time. */
  batch: number;
  /** The CI run that asked; a re-run of it gets the old outcome. */
  ciRun: string | null;
  /** Deploy although the live release is not ready now. */
  fixForward: boolean;
  /** Stop the old release on each host before anything of the new one runs as the service's user. */
  stopFirst?: boolean;
}
