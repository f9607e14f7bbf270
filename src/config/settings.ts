/** The keys of `landfall.yaml` that say how a service runs. A key stands here and nowhere else. */
import { z } from 'zod';
import { build } from './build';
import { type Form, flag, oneOf, type ValueOf, wholeNumber } from './form';
import { choice, key, map, needed, optional, orFalse, orFlag, section } from './map';
import { processes } from './processes';
import { type Resolved, resolved } from './resolved';
import { server } from './server';
import * as value from './values';

/** The host knows the default: a share of the memory that is available when the command starts. */
const memoryOf = (what: string) =>
  optional(value.memory, `Memory limit of ${what}.`, '80 % of what is available on the host');

/** Limits of a command that runs next to the live release. */
const limits = (of: string, timeout: string) => ({
  timeout: key(value.duration, timeout, `Time limit of ${of}.`),
  memory: memoryOf(of),
});

const gunicorn = map(
  {
    workers: optional(value.workers, 'Worker processes.', "the project's own, else 2"),
    workerClass: optional(
      value.workerClass,
      'Worker class. Its package must be in the requirements.',
      "the project's own, else one that is installed and fits the app",
    ),
    threads: optional(
      value.threads,
      'Threads of each worker. More than one makes a `sync` worker a `gthread` worker.',
      "the project's own; else 1, with `gthread` 4",
    ),
    timeout: optional(
      value.wholeSeconds,
      'A worker that is silent for longer is killed and replaced.',
      "the project's own, else 30s",
    ),
    gracefulTimeout: optional(
      value.stopDuration,
      'How long a stopping worker may finish its requests. systemd kills the unit 10 s after that.',
      "the project's own, else 30s",
    ),
    preload: optional(
      flag,
      "Import the app once, in Gunicorn's master. This saves memory, but an import error stops every worker.",
      "the project's own, else false",
    ),
    configFile: optional(
      value.insideRelease,
      "The project's own Gunicorn configuration, relative to the release.",
    ),
  },
  'gunicorn',
);

const dependencies = map(
  {
    lock: optional(
      value.lockFile,
      'The lock file that counts: `uv.lock`, `poetry.lock`, `pdm.lock` or `pylock.toml`.',
      'the only one of the commit',
    ),
    groups: key(value.groupNames, [], 'Dependency groups that are installed too.'),
    extras: key(value.groupNames, [], 'Extras of the project that are installed too.'),
    unlocked: key(
      flag,
      false,
      'Install what `pyproject.toml` lists although no lock file pins it: an environment may then differ from the one before.',
    ),
  },
  'dependencies',
);

const readiness = map(
  {
    path: key(
      value.path,
      '/health/ready',
      'Path on the address where the service listens. It must check what the service depends on, and answer 2xx only then.',
    ),
    url: optional(
      value.url,
      "Asked instead of the service's own address, for example through the proxy that users go through.",
    ),
    check: key(
      value.check,
      'http',
      'How it is asked: `http`; `https`, where the certificate is not verified; `tcp`, a connection; or `{ command: [./ready.sh] }`.',
    ),
    headers: key(value.headers, {}, 'Sent with each request, for example `Host`. Never a login.'),
    expect: optional(
      value.expect,
      'Which field of its JSON body must say ready, as `{ field: status, is: [ok] }`. `false`: the body does not count.',
      'a field such as `status` must not say `degraded`, `down`, `error` …',
    ),
    // A slow import (large models, cold disk) takes tens of seconds; a hanging one never ends.
    timeout: key(value.duration, '60s', 'How long a release may take until it is ready.'),
    requestTimeout: key(value.requestDuration, '2s', 'Time limit of one request.'),
    successes: key(wholeNumber({ minimum: 1, maximum: 100 }), 3, 'Good answers in a row that are needed.'),
    // Two or three answers: one may be bad luck, and users meet whatever comes after.
    tolerance: key(
      value.requestDuration,
      '1s',
      'How long answers may be bad once the release has served, with `overlap` and in the soak. After that the release is rolled back.',
    ),
    release: optional(
      choice({
        header: needed(value.headerName, 'A header field, such as `X-Release`.'),
        field: needed(value.fieldName, 'A field of its JSON body, such as `release` or `build.commit`.'),
      }),
      'Where a readiness answer names its release (`$LANDFALL_RELEASE`) or commit. Checked in addition to the process that answers.',
    ),
  },
  'readiness',
);

const soak = map(
  {
    time: needed(
      value.duration,
      'How long, such as `10m`; must be written. Hours are as safe as seconds. Only time counts in which a worker watched.',
    ),
    interval: key(value.requestDuration, '2s', 'Time from one check to the next.'),
    url: optional(
      value.url,
      'Asked from the controller at every check, for example a smoke test or an error rate. Anything but 2xx is bad.',
    ),
    command: optional(
      value.command('[./smoke-test, --fast]'),
      'Run at every check in the new release, as the service. An exit status other than 0 is bad.',
    ),
    commandTimeout: key(value.duration, '30s', 'A command that takes longer is bad.'),
    commandMemory: memoryOf('the command'),
  },
  'soak',
);

const preImport = map(limits('the import', '60s'), 'preImport');
const rehearse = map(limits('the rehearsal', '60s'), 'rehearse');
const migrate = map(
  {
    command: needed(
      value.command('[alembic, upgrade, head]'),
      'The command and its arguments; must be written. It is run without a shell in the new release.',
    ),
    hosts: optional(
      oneOf('first', 'each'),
      'Where it runs. `first`: once, on the first host. `each`: on each host, one after the other.',
      '`first`; `each` for a command with `collectstatic`, `compilemessages` or `compress`',
    ),
    // Long enough for an index on a large table, short enough to notice a lock that is never released.
    ...limits('the migration', '10m'),
  },
  'migrate',
);

const rollback = map(
  {
    // A night: whoever is on call has seen it by then, and the host may come back by itself before.
    keepTrying: key(
      value.duration,
      '6h',
      'How long a host that cannot be reached is tried again while it is rolled back or marked good. Then an operator is asked.',
    ),
  },
  'rollback',
);

const keys = {
  layout: key(
    oneOf('releases', 'in-place'),
    'releases',
    'How releases lie on a host. `releases`: one directory each. `in-place`: the service runs from a Git checkout, which moves from commit to commit.',
  ),
  checkout: optional(
    value.base,
    'With `layout: in-place`: the checkout on the host that the service runs from.',
    'the folder in `/srv` with the name of the service',
  ),
  strategy: key(
    oneOf('overlap', 'restart'),
    'overlap',
    'How a release is put in service. `overlap`: alongside the old one, which ends when the new one serves. `restart`: one unit that is restarted.',
  ),
  // landfall.yaml decides beforehand whether an outage is acceptable: no person is asked at 3 a.m.
  whenMemoryShort: key(
    oneOf('refuse', 'restart'),
    'refuse',
    'With `overlap`, on a host without memory for two releases. `refuse`: the deploy is refused. `restart`: the old release stops before the new one starts.',
  ),
  app: key(value.app, 'main:app', 'The ASGI or WSGI app, as `module:attribute`.'),
  python: optional(
    value.python,
    "Interpreter that makes the virtual environments: `python3.12` or `'3.12'` for that version, an absolute path, or `managed`: uv brings one.",
    '`.python-version` or `requires-python` of the commit, else `python3`',
  ),
  requirements: optional(
    value.requirements,
    'Requirement files, relative to the release. Written, they are installed whatever else the commit has.',
    'found in the commit',
  ),
  dependencies: section(dependencies, 'The packages of a project with a lock file or a `pyproject.toml`.'),
  wheels: optional(
    value.wheels,
    'Folder of wheels that the packages come from, and from no index: of the release (`vendor/wheels`), or an absolute path on the host.',
    "the host's package index",
  ),
  shared: key(
    value.shared,
    [],
    'Files and folders of the release that outlive it (`app.db`, `uploads/`): links into `<base>/shared`. A slash at the end says folder.',
  ),
  build: key(
    build,
    [],
    'Commands that build in the new release on each host, as the deploying user, before anything of it runs: a front end, `collectstatic`, compiled messages.',
  ),
  public: key(
    value.publicPaths,
    [],
    'Folders and files of the release or of `shared` that a proxy of the host serves by itself, such as `static` and `media`. The proxy reads these, and nothing else.',
  ),
  pythonPath: key(
    value.paths,
    [],
    'Folders of the repository, from its root, in which Python looks for modules too, such as `libs`. With one outside of `path` the whole repository is the release.',
  ),
  allowMissing: key(
    value.paths,
    [],
    'Submodules and Git LFS files, or folders of them, without which the service runs. Others refuse the deploy.',
  ),
  user: key(value.userName, '<service>', 'The user that the service runs as.'),
  base: key(
    value.base,
    '/srv/<service>',
    'Where releases lie on the host. With `layout: in-place`: `<checkout>.landfall`.',
  ),
  unit: key(value.unit, '<service>.service', 'The systemd unit.'),
  envFiles: key(
    value.envFiles,
    [],
    'Environment files on the host, owned by root: the place for secrets. systemd reads them in this order.',
  ),
  env: key(value.env, {}, 'Plain settings, shown in the unit. Secrets belong in `envFiles`.'),
  gunicorn: section(gunicorn, 'How Gunicorn is started.'),
  server: optional(
    server,
    'The server: `gunicorn`, `uvicorn`, `hypercorn` or `granian`, or a map with its name. Its package must be in the requirements.',
    'Gunicorn if it is installed, else one that is and that serves the app',
  ),
  preImport: key(
    orFlag(preImport),
    true,
    'The import of the app as the service would do it, before anything live changes. `false`: not done.',
  ),
  rehearse: key(
    orFlag(rehearse),
    true,
    'Where the old release has to stop first, the new one is first started on a private socket and its readiness asked. `false`: not done.',
  ),
  migrate: key(
    orFalse(migrate, { needs: 'command' }),
    false,
    'Run before anything is released, once per deploy, on the first host or on each (`migrate.hosts`). Only for changes that the old release can live with.',
  ),
  // A cold install that compiles packages takes minutes.
  installTimeout: key(value.duration, '15m', 'Time limit of installing the requirements.'),
  installMemory: memoryOf('installing the requirements'),
  processes: key(
    processes,
    {},
    'The processes of a release besides its web server, by name. They follow the release: proven, switched and rolled back with it.',
  ),
  readiness: section(readiness, 'When a release counts as able to serve.'),
  soak: key(
    orFalse(soak, { needs: 'time' }),
    false,
    'A time in which the new release is watched before it counts as good. A failure rolls back.',
  ),
  rollback: section(rollback, 'The rollback of a host that cannot be reached.'),
  dependentUnits: key(
    oneOf('restart', 'leave'),
    'restart',
    'Units on the host that Landfall did not write and that run from `<base>/current`, when another release takes over. `restart`: they are restarted, unless they run as root. `leave`: the step only names them.',
  ),
  keepReleases: key(
    wholeNumber({ minimum: 1, maximum: 100 }),
    5,
    'Releases kept on a host besides the live and the last good one.',
  ),
};

/** No key of landfall.yaml: a deploy finds it out. */
const found: Form<z.ZodOptional<z.ZodNever>, Resolved> = {
  written: z.never().optional(),
  value: () => resolved.default(null),
  read: () => null,
  merge: (_, written) => written,
};

/** How a service runs in one environment. */
export const settingsForm = map({ ...keys, resolved: found });

/** Where a service listens, unless it is said. */
export const BIND = '127.0.0.1:8000';

/** Keys that may stand at the top, for all environments, and again in one environment, for it alone. */
export const commonKeys = {
  bind: key(value.bind, BIND, 'Where the service listens. A host may say otherwise.'),
  ...keys,
};
export const commonSettings = map(commonKeys);

/** Settings as a run has them: complete; durations are whole milliseconds, amounts of memory bytes. */
export type ServiceSettings = ValueOf<typeof settingsForm>;
/** The service's settings as written, or an environment's differences from them. */
export type WrittenSettings = z.output<typeof commonSettings.written>;
