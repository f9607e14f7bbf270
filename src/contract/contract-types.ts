// Made from host/contract.json by `npm run contract`. Change that file instead.

export interface CertificateFiles {
  cert: string;
  key: string;
}

/**
 * The names under which a proxy of this host serves the service, with TLS. `proxy` null: the one that the
 * host has, else Caddy. `listen` null: every address of the host. `acme`: of the authority that gives
 * certificates; `ca`: a file of this host with the certificate of its own authority. `certificate`: files of
 * this host instead of ACME.
 */
export interface Domain {
  names: string[];
  proxy: 'caddy' | 'nginx' | null;
  listen: string | null;
  acme: {
    directory: string | null;
    email: string | null;
    ca: string | null;
  };
  certificate: CertificateFiles | null;
}

/** Where a service listens. */
export type Address = { host: string; port: number } | { socket: string };

/**
 * Proof that a request belongs to the deploy that owns the host. The host refuses (`Fenced`) another fence,
 * another run and a lower `seq`. Verbs that change the live unit also refuse a lower `attempt` of the same
 * `seq`.
 */
export interface Claim {
  fence: number;
  run: string;
  /** Counts the live changes of this run on this host, undo included. */
  seq: number;
  /** The activity's attempt. */
  attempt: number;
}

/** The kept settings of a good release. The host never looks into them. */
export interface Kept {
  /** JSON: what it takes to start and to probe that release again. */
  payload: string;
  /** HMAC-SHA256 of the payload with the controller's own key. */
  signature: string;
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

/**
 * How a release's process is to run: values, of which the host renders the unit. However they are quoted,
 * they are less than the line of 1 MiB that systemd reads.
 */
export interface ProcessValues {
  app: string;
  env: Record<string, string>;
  server: {
    name: 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian';
    /**
     * Words after the interpreter. The words `{bind}`, `{host}`, `{port}` and `{socket}` stand for the
     * address, and `{gate}/` before a path for the folder of the gate.
     */
    command: string[];
    /** How long it may finish its requests. */
    stopMilliseconds: number;
    /** Settings of Gunicorn that its command line does not have. The gate reads them. */
    gate: {
      /** The worker class where neither landfall.yaml nor the project names one. */
      standardClass: string | null;
      configFile: string | null;
      preload: boolean | null;
    };
  };
  /** The gate's probe of the app. */
  readiness: {
    path: string;
    headers: Record<string, string>;
    /**
     * The JSON field of an answer, and the values that mean ready. Absent: a field that says not ready
     * counts.
     */
    expect?: {
      field: string;
      is: string[];
    };
    /** No field of an answer counts. */
    ignoresBody?: boolean;
    /** How the service is asked; absent: by HTTP. With `tcp` and `command` the gate asks nothing. */
    check?: 'https' | 'tcp' | 'command';
    /** Good answers in a row that each worker needs; absent: 1. */
    successes?: number;
    timeoutMilliseconds: number;
    requestTimeoutMilliseconds: number;
  };
  /** The release's processes besides its web server, by name; absent: it has none. */
  processes?: Record<string, ProcessUnit>;
}

/** One process of a release besides its web server. With a `schedule` it is a job that a timer starts. */
export interface ProcessUnit {
  argv: string[];
  env: Record<string, string>;
  /** A calendar of systemd. */
  schedule: string | null;
  drainMilliseconds: number;
  stopSignal: 'TERM' | 'INT' | 'QUIT' | 'USR1';
  stableMilliseconds: number;
  /** A command that ends with 0 when the process is up; null: it is up when it stays up. */
  ready: {
    argv: string[];
    timeoutMilliseconds: number;
  } | null;
}

/** A process that was told to finish. */
export interface DrainingProcess {
  process: string;
  release: string;
  unit: string;
  until: string;
}

export interface StartedProcess {
  unit: ProcessState;
  state: 'up' | 'starting' | 'failed';
  /** Why it is not up, in words. */
  status: string;
}

/** A Git checkout that a service runs from, as the deploying user finds it. */
export interface CheckoutFacts {
  /** The commit that it is at; null: unknown. */
  head: string | null;
  /** Local changes to files that Git tracks, a path each. */
  changes: string[];
  /** Other units whose processes work in it. Nothing restarts them. */
  units: string[];
  /** Why Landfall cannot move it; null: it can. */
  problem: string | null;
  /** The next step for a person; null: none is needed. */
  advice: string | null;
}

/** Asks for the unit of one release. */
export interface UnitRequest {
  claim: Claim;
  release: string;
  commit: string;
  /** Where the service listens. */
  address: Address;
  process: ProcessValues;
  /** Where the service runs instead of its release: the checkout, or its folder in it. */
  directory?: string | null;
}

/** One long command. Named by fence, step and round: asking again finds it instead of starting it twice. */
export interface JobRequest {
  claim: Claim;
  /** Which step it belongs to. */
  step: string;
  /** Rises only when a new try is really wanted. */
  round: number;
  /** `service`: the service's user with its environment files; `deploy`: the deploying user without them. */
  as: 'service' | 'deploy';
  /** Release whose directory it runs in. */
  release: string;
  argv: string[];
  env: Record<string, string>;
  /**
   * Name of the environment that it builds, as the deploying user: the one place where it may write
   * permanently.
   */
  venv?: string | null;
  /**
   * The job may also write into the release: as the deploying user, and only while nothing of the release has
   * run.
   */
  writesRelease?: boolean | null;
  timeoutMilliseconds: number;
  /** null: a share of what the host has available when it starts, so that the live service keeps the rest. */
  memoryMaxBytes: number | null;
  /** How long to wait for its end before answering `running`. */
  waitMilliseconds: number;
}

/** The share of releases in a file system. */
export interface Space {
  releases: number;
  bytes: number;
  inodes: number;
}

export interface Stopped {
  stopped: boolean;
}

/**
 * How the gate of a release went, as the gate says it (`host/landfall_gate/result.py`). Any process of the
 * release can say so too. Either `ready` workers after `ms` milliseconds, of which `unproven` never had a
 * good answer. Or why the gate has refused the release, or why there is no gate (`none`).
 */
export type GateResult =
  | { ready: number; unproven: number; ms: number; note: string | null }
  | { refused: string }
  | { none: string };

/** The unit of a process of a release, at one moment. */
export interface ProcessState {
  unit: string;
  active: string;
  result: string;
  exitStatus: number | null;
  mainPid: number | null;
  invocation: string;
  restarts: number | null;
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
  invocation: string;
  /** How often systemd restarted it by itself. */
  restarts: number | null;
  /**
   * The release from which the main process was started. Root wrote and systemd read this; the process has no
   * say. null: a foreign process.
   */
  release: string | null;
  /** Direct children of the main process: Gunicorn's workers. */
  workers: number[];
  memoryBytes: number | null;
  /** The last `STATUS=` of any of its processes, redacted; empty if that is the gate's result. */
  status: string;
  /** null: it has no gate, or the gate has said nothing yet. */
  gate: GateResult | null;
  /**
   * Who accepts connections on the address of the request. `unit`: this unit alone. `shared`: this and
   * another unit of the service. `other`: another program. `nobody`: none. `unknown`: too many processes or
   * open files. null: the request has no address.
   */
  listener: 'unit' | 'shared' | 'other' | 'nobody' | 'unknown' | null;
  /** The long-running processes of that release besides its web server; absent: it has none. */
  processes?: Record<string, ProcessState>;
}

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

/** One release directory, as recorded by the helper. */
export interface ReleaseRecord {
  id: string;
  commit: string;
  /** Digest of what was asked to be in it: tree, `path:` and shared links. */
  content: string;
  created: string;
  /** When it passed a whole deploy; null: never. */
  good: string | null;
  /** The release that was last good when this one became it; null: none, or it is not good. */
  before: string | null;
  /** Name of the virtual environment that its `.venv` points to. */
  venv: string | null;
}

/**
 * Such a unit, and what was done: `left` because of the policy, `root` because it runs as root and is never
 * touched, `failed`: systemd refused.
 */
export interface DependentUnit {
  unit: string;
  did: 'restarted' | 'left' | 'root' | 'failed';
}

export interface InstalledUnit {
  changed: boolean;
  /** Lines of the diff. */
  added: number;
  removed: number;
  /** The changed lines of the text, values of settings masked. */
  diff: string;
  warnings: string[];
}

export interface HelperBuild {
  version: string;
  sha256: string;
}

export interface Interpreter {
  path: string;
  version: string;
  asked: boolean;
  standard: boolean;
  makes: boolean;
  serves: boolean;
}

/**
 * Lines of environment files that systemd reads otherwise than they are meant, a sentence each, without
 * values. `drops`: systemd drops a setting. `notices`: systemd reads another value.
 */
export interface EnvironmentFindings {
  drops: string[];
  notices: string[];
}

/** A variable that an environment file of root's sets. */
export interface FileVariable {
  name: string;
  file: string;
}

/** A version of the managed environment: when and by whom it was made, and how many variables it has. */
export interface EnvironmentVersion {
  number: number;
  changed: string;
  by: string;
  count: number;
}

/**
 * The kind of the app, as the text of its module says. `factory`: a function that makes it. `no-module`,
 * `missing`: the release has no such module, or the module no such name.
 */
export interface ExaminedApp {
  kind: 'asgi' | 'wsgi' | 'factory' | 'missing' | 'no-module' | 'unknown';
  file: string | null;
  line: number;
  /** The call that makes it, such as `FastAPI`. */
  by: string | null;
}

/** The project's Gunicorn configuration: the names that it sets, as text where the value is written out. */
export interface ExaminedConf {
  file: string;
  values: Record<string, string>;
  computed: string[];
}

/** The facts in the files of a release about how to start it. Texts of the deploying user. */
export interface Examined {
  /** Name and version, such as `gunicorn 25.0.1`. */
  packages: string[];
  app: ExaminedApp;
  conf: ExaminedConf | null;
  /** Apps that the release has, such as `shop.wsgi:application`. */
  candidates: string[];
}

/**
 * A unit that ran the service before Landfall. `listens`: where its processes accept connections. `lost`:
 * names that it sets and no release would have (`file`: its environment file; `dropIn`: a drop-in sets it).
 * `directives`: names of directives that the unit of a release has nothing for. `proxy`: a file of a web
 * server that passes requests to one of `listens`, where none names the address of the request.
 */
export interface HandMade {
  listens: Address[];
  user: string;
  lost: Array<{
    name: string;
    file: string | null;
    dropIn: boolean;
  }>;
  directives: string[];
  proxy: string | null;
}

/** The facts of a host and its services. */
export interface HostFacts {
  helper: HelperBuild;
  hostname: string;
  bootId: string;
  /**
   * The interpreters of this host, each once, by its real path: first the one asked about (`asked`), then the
   * `standard` one, which is python3. `makes`: it has `venv` with `ensurepip`. `serves`: the service's user
   * may run it.
   */
  interpreters: Interpreter[];
  uv: string | null;
  diskFreeBytes: number;
  /** The old releases that `make-space` could remove; null: more than 2 GiB and 100,000 inodes are free. */
  spare: Space | null;
  memoryAvailableBytes: number;
  /** The memory of the live processes (proportional set size without files); null: none run, or too many do. */
  liveMemoryBytes: number | null;
  /** The program that holds the address of the request; null: none, or the service itself. */
  holder: string | null;
  /** Where systemd listens for the service: `127.0.0.1:8000` or a path; several with spaces between. */
  socket: {
    active: boolean;
    listens: string;
  };
  /** Whether the service's own unit has drop-ins. */
  dropIns: boolean;
  warnings: string[];
  environment: EnvironmentFindings;
  policy: Policy;
  claim: ClaimRecord | null;
  live: UnitState;
  /**
   * The release that a reboot would start (null: nothing, or a unit that is not ours), and whether as an
   * instance.
   */
  boot: {
    release: string | null;
    enabled: boolean;
    foreign: boolean;
    instance: boolean;
  };
  lastGood: string | null;
  /** The helper keeps at most a thousand. */
  releases: ReleaseRecord[];
  /** By release, of those that may be gone back to: live, last good, and what was good before each. */
  kept: Record<string, Kept>;
  /**
   * Units that Landfall did not write and that run from a release. `release`: the one that the main process
   * is in; null: its directory is elsewhere.
   */
  dependents: Array<{
    unit: string;
    release: string | null;
  }>;
  /**
   * The unit that runs for the service, if Landfall did not write it; absent: nothing runs, or a release
   * does.
   */
  handMade?: HandMade;
  /**
   * The newest version of the managed environment, and the version of each release; absent: nothing was ever
   * set.
   */
  managed?: {
    newest: number;
    releases: Record<string, number>;
  };
  /** The checkout of the request; absent: none was asked about. */
  checkout?: CheckoutFacts;
  /** A deploy has moved this checkout and has not ended: a rollback moves it back to `from`. Absent: none has. */
  moved?: {
    checkout: string;
    from: string;
  };
  /**
   * The file that a setup has written for a proxy: the names that it serves, and where it passes their
   * requests. Absent: there is none.
   */
  proxy?: {
    kind: 'caddy' | 'nginx';
    file: string;
    names: string[];
    passesTo: string;
  };
  /** The leftovers that `repair` would remove, one sentence each. */
  leftovers: string[];
  /** The units of processes besides the web server, of every release; absent: there are none. */
  processes?: Array<{
    process: string;
    release: string;
    unit: string;
    active: string;
    /** When systemd ends it at the latest, if it was told to finish. */
    until: string | null;
  }>;
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
  /** The memory limit that it runs with; null: it never began. */
  memoryMaxBytes: number | null;
  /** The end of its standard output and error, redacted; at most 16 KiB. */
  output: string;
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

/**
 * Why the helper refused or failed. `InvalidRequest`: the request does not fit this contract. `Busy`: another
 * request held the lock for too long; nothing was done.
 */
export interface HelperError {
  /** An unknown one is still a refusal. */
  type: 'InvalidRequest' | 'InvalidInput' | 'SetupNeeded' | 'Fenced' | 'CommandFailed' | 'NoSpace' | 'Busy';
  message: string;
  /** Output of the command that failed, redacted, at most 16 KiB. */
  output?: string;
}

/** Request and result of every verb. Verbs with a `claim` change something and are safe to repeat. */
export interface Verbs {
  /** Read-only and quick: which build of the helper this is. */
  version: {
    request: Record<string, never>;
    result: HelperBuild;
  };
  /**
   * Read-only: what this host is, what runs, who has claimed it. `address`: where the service listens.
   * `checkout`: is looked at too.
   */
  inspect: {
    request: {
      python: string | null;
      address: Address | null;
      /** With `layout: in-place`: the checkout that the service runs from. */
      checkout?: string | null;
    };
    result: HostFacts;
  };
  /**
   * Changes nothing, but ends a unit that was told to end and puts that off beyond its own time. Quick: the
   * unit that serves, or the one that `release` is to serve in. With `waitMilliseconds` it answers as soon as
   * the main process that runs now has ended.
   */
  observe: {
    request: {
      address: Address | null;
      release?: string | null;
      waitMilliseconds?: number;
    };
    result: UnitState;
  };
  /**
   * Takes the host for a run: raises the fence. The same run again gets the same fence. Refused (`Fenced`)
   * while another engine's claim is open, unless `takeOver`, and for a run whose claim was already succeeded
   * by a later one. Stops the jobs of older claims.
   */
  claim: {
    request: {
      run: string;
      engine: string;
      commit: string;
      by: string;
      takeOver: boolean;
    };
    result: {
      fence: number;
      tookOver: ClaimRecord | null;
      stoppedJobs: string[];
    };
  };
  /** Removes what an abandoned deploy left: partial directories, unit overrides that nothing runs. */
  repair: {
    request: {
      claim: Claim;
    };
    result: {
      repaired: string[];
    };
  };
  /**
   * Sees to so many bytes and inodes for a release, or with `environment` in addition for one as large as
   * last good's. Where fewer are free, removes at most one old release with its environment, also one that
   * `keepReleases` would keep. Never what is in use, a rollback target, a release of this run or `release`.
   * `again`: the same request may free more.
   */
  'make-space': {
    request: {
      claim: Claim;
      release?: string | null;
      bytes: number;
      inodes: number;
      environment: boolean;
    };
    result: {
      fits: boolean;
      again: boolean;
      freeBytes: number;
      /** With the reserve for what runs on the host. */
      neededBytes: number;
      removed: string | null;
      removedBytes: number;
      /** The releases that may not go, and their environments. */
      staying: Space;
    };
  };
  /**
   * Unpacks a gzipped tar (`bytes` long, following the request's line) into a new release directory, links
   * `shared` paths, and names it when it is whole. A complete release with the same `content` is reused and
   * the bytes are not needed (`bytes: 0` asks only that). `alongside`: a release that is in use (live, or
   * that boots) is not reused, because the new one will run alongside it.
   */
  stage: {
    request: {
      claim: Claim;
      commit: string;
      content: string;
      shared: string[];
      /**
       * The service's folder in the release: it runs there, and `shared` is relative to it. Absent: the
       * release itself.
       */
      folder?: string | null;
      alongside?: boolean;
      /**
       * Commands will build in it. Until `complete`, only this run may use it: the next one would find half a
       * build.
       */
      builds?: boolean;
      bytes: number;
      sha256: string;
    };
    result: {
      release: string | null;
      reused: boolean;
      /** Nothing is left to build in it. */
      built: boolean;
      /** Its version of the managed environment; absent: nothing was ever set. */
      environment?: number;
      /** Facts about the shared paths, for people. */
      notes: string[];
    };
  };
  /** Removes a release that this run staged, unless it is live, last good, or was there before. */
  discard: {
    request: {
      claim: Claim;
      release: string;
    };
    result: {
      removed: boolean;
    };
  };
  /**
   * Names a virtual environment for a release by what determines it, and notes it for that release once it is
   * complete. `shared`: what its requirement or lock files name. `layer`: the packages of the release itself,
   * on top of `shared`. `tool`: a program that reads a lock file, or an interpreter. `.venv` is linked to the
   * last one that the release needs.
   */
  environment: {
    request: {
      claim: Claim;
      release: string;
      kind: 'shared' | 'layer' | 'tool';
      tool: 'requirements' | 'uv' | 'poetry' | 'pdm' | 'pylock' | 'unlocked' | 'python';
      /** Of a `tool`. */
      toolVersion?: string | null;
      files: string[];
      groups: string[];
      extras: string[];
      python: string;
      /** The folder that packages come from, of the release or of the host. */
      wheels?: string | null;
      /** Under a `layer`. */
      shared?: string | null;
    };
    result: {
      name: string;
      path: string;
      complete: boolean;
      /** Lines that pin no version. */
      unpinned: string[];
      /**
       * The interpreter that was asked about, by its real path. Another tool might find another one by the
       * same name.
       */
      python: string;
      /** Of that interpreter. */
      version?: string;
      /** Only this release uses it, and its job may write the release. */
      ofRelease: boolean;
      /** A layer has to follow. */
      layered: boolean;
    };
  };
  /** Starts a job, or finds it. */
  job: {
    request: JobRequest;
    result: JobState;
  };
  /** Follows a job that was started before. */
  'job-wait': {
    request: {
      fence: number;
      step: string;
      round: number;
      waitMilliseconds: number;
    };
    result: JobState;
  };
  /** Stops a job's whole control group. */
  'job-stop': {
    request: {
      claim: Claim;
      step: string;
      round: number;
    };
    result: Stopped;
  };
  /**
   * Ends the making of a release, once its environment is linked and its build has ended: from now on no job
   * writes into it. Lets the proxies of the host read the `public` paths, and nothing else of the release or
   * of `shared`. Safe to repeat.
   */
  complete: {
    request: {
      claim: Claim;
      release: string;
      shared: string[];
      /** From the service's folder. */
      public: string[];
    };
    result: {
      /**
       * Users of proxies on this host, and the usual folders of static files that they cannot read; null:
       * none.
       */
      unread: {
        users: string[];
        folders: string[];
      } | null;
      /** Facts about the public paths, for people. */
      notes: string[];
    };
  };
  /** Read-only: reads in the files of a complete release how it is to be started. Nothing of it runs. */
  examine: {
    request: {
      release: string;
      app: string;
      configFile: string | null;
      pythonPath: string[];
    };
    result: Examined;
  };
  /**
   * Renders the unit of a release that runs alone, asks `systemd-analyze verify`, and keeps the previous unit
   * under the fence. The unit is in force for this boot only; `mark-good` makes it the boot unit. Changes no
   * process.
   */
  'install-unit': {
    request: UnitRequest;
    result: InstalledUnit;
  };
  /**
   * Undoes `install-unit`. `before`: restores the text from before this fence's first `install-unit`. `boot`:
   * removes every override, so the boot unit (last good's) is in force.
   */
  'restore-unit': {
    request: {
      claim: Claim;
      to: 'before' | 'boot';
    };
    result: {
      restored: boolean;
    };
  };
  /**
   * Restarts the unit so that `release` runs (null: whatever unit is in force, not one of ours), clearing a
   * start limit first. Does not wait for readiness. Moves `current`, and then restarts the dependents as in
   * `switch`. Repeated with the same claim, it does not restart a unit that this very request has already
   * restarted.
   */
  restart: {
    request: {
      claim: Claim;
      release: string | null;
      dependents?: 'restart' | 'leave';
    };
    result: {
      did: 'restarted' | 'already';
      before: string;
      dependents: DependentUnit[];
    };
  };
  /** Stops and disables the unit: the rollback of a first deploy. */
  stop: {
    request: {
      claim: Claim;
    };
    result: Stopped;
  };
  /**
   * Renders the unit of one release that will run alongside others, and writes it. The unit is neither
   * enabled nor started. The diff is against the live unit.
   */
  'install-instance': {
    request: UnitRequest;
    result: InstalledUnit;
  };
  /**
   * Read-only: renders the unit of these values, and compares the text with the live unit. The text has the
   * name of the live release, so the diff shows all other changes. With `alongside` this is the unit of
   * `install-instance`, otherwise that of `install-unit`. The host refuses the same values.
   */
  'preview-unit': {
    request: {
      commit: string;
      address: Address;
      process: ProcessValues;
      directory?: string | null;
      alongside: boolean;
    };
    result: InstalledUnit;
  };
  /**
   * Starts a release alongside the live one, opening the service's socket on `address` first. Waits at most
   * `waitMilliseconds` until it is `up`: its gate has let it open, or, without one, Gunicorn has started its
   * workers. On `trial` the gate refuses to open an unready one. Repeated with the same claim it waits on,
   * and starts nothing twice.
   */
  start: {
    request: {
      claim: Claim;
      release: string;
      address: Address;
      trial: boolean;
      waitMilliseconds: number;
    };
    result: {
      unit: UnitState;
      state: 'up' | 'starting' | 'failed';
      note: string | null;
    };
  };
  /**
   * Makes a running release the live one for this boot, and lets every other drain and stop. Does not wait
   * for that. Moves `current`, and then restarts the units that run from there; `dependents` (absent:
   * `restart`) can forbid it.
   */
  switch: {
    request: {
      claim: Claim;
      release: string;
      dependents?: 'restart' | 'leave';
    };
    result: {
      stopping: string[];
      dependents: DependentUnit[];
    };
  };
  /**
   * Brings the commit of a release into the checkout's object store, as the deploying user: a pack of `bytes`
   * length follows the request's line. `bytes: 0` asks whether the commit is there. Neither files nor
   * branches of the checkout change. Then the release gets links to the files of the checkout that Git does
   * not track, so that its proofs find them.
   */
  'send-commit': {
    request: {
      claim: Claim;
      release: string;
      checkout: string;
      /** The service's folder in the checkout, or the checkout itself. */
      directory: string;
      bytes: number;
      sha256: string;
    };
    result: {
      present: boolean;
      head: string;
      /** Whether a release here has the commit `head`. */
      ours: boolean;
      shallow: boolean;
      /** Paths that Git does not track, and that the commit would overwrite. */
      inTheWay: string[];
      linked: number;
    };
  };
  /**
   * Stops the service, and moves the checkout to the commit of `release` with `git reset --hard`. Null: back
   * to where it was before this deploy, or before the abandoned one. `stopped: false`: the service still
   * finishes its requests, so ask again. Refused where that would lose local changes or overwrite files that
   * Git does not track. Files that Git does not track stay.
   */
  'move-checkout': {
    request: {
      claim: Claim;
      checkout: string;
      release: string | null;
      /** The rollback target of the deploy; null: it is not a release. */
      back: string | null;
    };
    result: {
      stopped: boolean;
      /** The commit that the checkout is at now; null: nothing was moved. */
      at: string | null;
      /** In a rollback: the commit with the local changes that were made meanwhile; null: none. */
      saved: string | null;
    };
  };
  /**
   * Stops all releases of the service except `release` (null: all). `closeSocket` also closes the socket,
   * which ends `release` too. `stopped: false`: a release still finishes its requests, so ask again.
   * `endUser`: then every other process of the service's user is killed too, `release` included; `ended`
   * counts them. `listen`: where systemd listens from before the old unit ends, or else from the moment at
   * which the old unit has closed its socket. `listens`: systemd listens for the service.
   */
  'make-room': {
    request: {
      claim: Claim;
      release: string | null;
      closeSocket: boolean;
      endUser?: boolean;
      listen?: Address;
    };
    result: {
      stopped: boolean;
      ended: number;
      listens: boolean;
    };
  };
  /** Stops a release that was started alongside the live one, and forgets its unit unless it was good before. */
  'remove-instance': {
    request: {
      claim: Claim;
      release: string;
    };
    result: Stopped;
  };
  /**
   * Starts the named processes of a release besides those that run. One of that release that runs already is
   * taken as it is. Waits at most `waitMilliseconds` until each is `up`. Repeated with the same claim it
   * waits on, and starts nothing twice.
   */
  'start-processes': {
    request: {
      claim: Claim;
      release: string;
      names: string[];
      waitMilliseconds: number;
    };
    result: {
      processes: Record<string, StartedProcess>;
    };
  };
  /**
   * Makes the named processes those of `release`, for this boot; null: none runs. All others of these names
   * are told to finish, and are not waited for. Processes that are not named are not touched.
   */
  'switch-processes': {
    request: {
      claim: Claim;
      release: string | null;
      names: string[];
    };
    result: {
      draining: DrainingProcess[];
    };
  };
  /**
   * Tells every process of these names to finish, of every release. `stopped`: none of them runs any more.
   * Waits for that at most `waitMilliseconds`.
   */
  'finish-processes': {
    request: {
      claim: Claim;
      names: string[];
      waitMilliseconds: number;
    };
    result: Stopped;
  };
  /**
   * Read-only: the managed environment, without values. `versions`: which contents are wanted; none: those of
   * the newest one. `nonce`: of this call alone; values with equal digests of one call are equal.
   */
  'env-list': {
    request: {
      nonce: string;
      versions: number[];
    };
    result: {
      /** 0: nothing was ever set. */
      newest: number;
      /** The live release and its version; 0: nothing was set when it was staged. */
      live: {
        release: string;
        version: number;
      } | null;
      versions: EnvironmentVersion[];
      contents: Array<{
        number: number;
        variables: Array<{
          name: string;
          /** The version that gave it this value. */
          since: number;
          changed: string;
          digest: string;
        }>;
      }>;
      files: FileVariable[];
    };
  };
  /**
   * Makes a version of the managed environment, from the newest one and these changes. Without a difference
   * the newest one stays. `base`: the newest version that the caller has seen; with another one there,
   * nothing is done (`moved`). `number`: that of the new version, unless a higher one is due. `apply: false`
   * only tells what would be done. Under the lock, without a claim: a release keeps the version that it was
   * staged with.
   */
  'env-set': {
    request: {
      set: Record<string, string>;
      unset: string[];
      base: number;
      number: number;
      apply: boolean;
      by: string;
    };
    result: {
      moved: boolean;
      before: number;
      /** The newest version afterwards. */
      number: number;
      added: string[];
      changed: string[];
      removed: string[];
      /** Those of `unset` that are not there. */
      missing: string[];
      /** Those that a file of root's sets too. */
      files: FileVariable[];
    };
  };
  /**
   * An HTTP GET (`check`: or another question) from the host itself, for hosts that forbid port forwarding.
   * Runs as the deploying user.
   */
  probe: {
    request: {
      address: Address;
      path: string;
      headers: Record<string, string>;
      timeoutMilliseconds: number;
      /** Absent: by HTTP. `https`: the certificate is not verified. `tcp`: a connection, which answers 200. */
      check?: 'https' | 'tcp';
    };
    result: ProbeAnswer;
  };
  /** An HTTPS GET from the host itself to the proxy on it, under a domain name. Runs as the deploying user. */
  'probe-domain': {
    request: {
      name: string;
      /** Where the proxy listens. */
      address: string;
      path: string;
      timeoutMilliseconds: number;
    };
    result: {
      /** HTTP status; null when there was no answer. */
      status: number | null;
      /** The proxy's certificate for this name, DER in Base64; null: it has shown none. */
      certificate: string | null;
      /** Why this host does not trust it; null: it does, or there is none. */
      distrusted: string | null;
      /** Why there was no answer, in words. */
      error: string | null;
    };
  };
  /**
   * The evidence of one start, of the live unit or of that of `release`. It is the unit state, the journal of
   * exactly that start, and `texts`, redacted. Read-only.
   */
  evidence: {
    request: {
      release?: string | null;
      /** The process of that release whose journal is wanted; absent: its web server. */
      process?: string;
      invocation: string | null;
      texts: Record<string, string>;
    };
    result: {
      unit: UnitState;
      journal: string[];
      texts: Record<string, string>;
    };
  };
  /**
   * Refused (`CommandFailed`) unless the release is live. Makes its unit the boot unit. Puts `kept` into its
   * record (absent: the record keeps its own). Records the release as last good and closes the claim with the
   * run's outcome, both at once. Moves `last-good`. Prunes old releases and unused virtual environments,
   * never the live or last good one. A later change of the same run opens the claim again: a run whose answer
   * was lost may have to roll back.
   */
  'mark-good': {
    request: {
      claim: Claim;
      release: string;
      keep: number;
      kept?: Kept;
      outcome: string;
    };
    result: {
      pruned: string[];
    };
  };
  /** Closes the claim with the run's outcome. */
  finish: {
    request: {
      claim: Claim;
      outcome: string;
    };
    result: {
      closed: boolean;
    };
  };
}

/**
 * How root sets a host up, before the helper is there. `bytes` of the helper's sources follow the line.
 * `apply: false`: only say what would be done. `authorizedKey`: public key that may log in as the deploying
 * user; null: leave its keys alone. Safe to repeat: the second answer has every action done and `changed:
 * false`.
 */
export interface Setup {
  request: {
    bytes: number;
    policy: Policy;
    apply: boolean;
    authorizedKey: string | null;
    /** Left out: the caller does not ask for interpreters. */
    python?: string | null;
    /** Where the service is to listen. Left out: nothing is said about it. */
    address?: Address;
    /** Whether a person asks, who takes a service back that was ejected. Left out: such a host is refused. */
    takesBack?: boolean;
    /** The clock of the caller, in seconds since 1970. */
    now?: number;
    /**
     * Removes instead what Landfall has here for the service. `data`: also the data, environment files and
     * users of the service. `stop`: also when it runs.
     */
    remove?: {
      data: boolean;
      stop: boolean;
    };
    /** The domain that a proxy of this host is to serve; null: none. Left out: the proxy stays as it is. */
    domain?: Domain | null;
  };
  result: {
    actions: Array<{
      /** For people: `create system user, no login, shop`. */
      what: string;
      /** Whether the host is so now; false only in a plan. */
      done: boolean;
      /** Whether this very call did it. */
      changed: boolean;
    }>;
    changed: boolean;
    warnings: string[];
    /** Of a removal: the things that stay, one sentence each. */
    stays?: string[];
    /** Left out: the caller did not ask, or a user is not there yet. */
    tools?: {
      interpreters: Interpreter[];
      uv: string | null;
    };
    /**
     * The proxy of the request's domain; left out: none was asked about. `problem`: why it does not serve the
     * domain, with the next step; null: it does, or the actions say how it will.
     */
    proxy?: {
      kind: 'caddy' | 'nginx';
      file: string;
      problem: string | null;
    };
  };
}

/**
 * How root gives a service back: plain units, a checkout and a script that need nothing of Landfall. Sent
 * like a setup. `apply: false`: only say what would be done. Safe to repeat: the second answer has every
 * action done and `changed: false`.
 */
export interface Eject {
  request: {
    bytes: number;
    service: string;
    apply: boolean;
    /** Where the checkout is to be; null: `<base>/app`. Layout `in-place` has one. */
    checkout: string | null;
    /** Without a login; null: none. */
    repository: string | null;
    /** The service's folder in the repository; null: its root. */
    path: string | null;
    /** Where the service listens, as landfall.yaml says. */
    address: Address;
    requirements: string[];
    groups: string[];
    extras: string[];
    /** Processes of which two must never run. */
    singletons: string[];
    /** Commands that build in a tree of a new commit. */
    build: Array<string[]>;
    /** null: nothing migrates. */
    migrate: string[] | null;
  };
  result: {
    actions: Array<{
      /** For people. */
      what: string;
      /** Whether the host is so now; false only in a plan. */
      done: boolean;
      /** Whether this very call did it. */
      changed: boolean;
    }>;
    changed: boolean;
    warnings: string[];
  };
}
