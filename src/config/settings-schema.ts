import { z } from 'zod';
import { DEFAULTS } from './defaults';
import {
  bind,
  duration,
  env,
  flag,
  headers,
  insideRelease,
  key,
  map,
  size,
  upToAMinute,
  upToAnHour,
  wholeNumber,
  wholeSeconds,
} from './forms';
import {
  app,
  base,
  command,
  envFiles,
  fieldName,
  headerName,
  path,
  python,
  requirements,
  shared,
  unit,
  url,
  userName,
  workerClass,
} from './values';

/** Without one a job gets a share of what the host has left, which is no value that could be written here. */
const memory = (of: string) =>
  key(size, `Memory limit of ${of}. Default: 80 % of what the host has available when it starts.`);

const gunicorn = map({
  workers: key(wholeNumber(1, 256), 'Worker processes.', DEFAULTS.gunicorn.workers),
  workerClass: key(
    workerClass,
    'Worker class; its package must be in the requirements.',
    DEFAULTS.gunicorn.workerClass,
  ),
  timeout: key(wholeSeconds, 'A worker silent for longer is killed and replaced.', DEFAULTS.gunicorn.timeout),
  gracefulTimeout: key(
    upToAnHour,
    'How long a stopping worker may finish its requests; systemd stops the unit 10 s after that.',
    DEFAULTS.gunicorn.gracefulTimeout,
  ),
  preload: key(
    flag,
    "Import the app once, in Gunicorn's master: less memory, but one import error is every worker's.",
    DEFAULTS.gunicorn.preload,
  ),
  configFile: key(insideRelease, "The project's own Gunicorn configuration, relative to the release."),
}).meta({ id: 'gunicorn' });

const readiness = map({
  path: key(
    path,
    'Asked on the address that the service listens on; must check what the service depends on, and answer 2xx only then.',
    DEFAULTS.readiness.path,
  ),
  url: key(url, "Asked instead of the service's own address, e.g. through the proxy that users go through."),
  headers: key(headers, 'Sent with each request, e.g. Host. Never a login.', {}),
  timeout: key(
    duration,
    'Counted from the restart; then the release is rolled back.',
    DEFAULTS.readiness.timeout,
  ),
  requestTimeout: key(upToAMinute, 'Limit of one request.', DEFAULTS.readiness.requestTimeout),
  successes: key(wholeNumber(1, 100), 'Good answers in a row that are needed.', DEFAULTS.readiness.successes),
  tolerance: key(
    upToAMinute,
    'How long answers may be bad once the release has served, with overlap and in the soak; then it is rolled back.',
    DEFAULTS.readiness.tolerance,
  ),
  release: key(
    map({
      header: key(headerName, 'A header field, such as X-Release.'),
      field: key(fieldName, 'A field of its JSON body, such as release or build.commit.'),
    }).refine((written) => (written.header === undefined) !== (written.field === undefined), {
      error: 'a map with either header or field',
    }),
    'Where a readiness answer names its release ($LANDFALL_RELEASE) or commit. Checked in addition to the process that answers.',
  ),
}).meta({ id: 'readiness' });

const NO_SOAK = 'false or a map with time, interval, url, command, commandTimeout and commandMemory';
const soak = z
  .union(
    [
      z.literal(false, { error: NO_SOAK }),
      z.strictObject({
        time: duration.meta({ description: 'How long; hours are as safe as seconds.' }),
        interval: key(upToAMinute, 'From one look to the next.', DEFAULTS.soak.interval),
        url: key(
          url,
          'Asked from the controller at every look, e.g. a smoke test or an error rate; anything but 2xx is bad.',
        ),
        command: key(
          command('[./smoke-test, --fast]'),
          'Run at every look in the new release, as the service; a status other than 0 is bad.',
        ),
        commandTimeout: key(duration, 'A command that takes longer is bad.', DEFAULTS.soak.commandTimeout),
        commandMemory: memory('the command'),
      }),
    ],
    { error: NO_SOAK },
  )
  .meta({ id: 'soak' });

const preImport = map({
  timeout: key(duration, 'An import that takes longer fails.', DEFAULTS.preImport.timeout),
  memory: memory('the import'),
}).meta({ id: 'preImport' });

const rehearse = z
  .union(
    [
      flag,
      map({
        timeout: key(duration, 'A rehearsal that takes longer fails.', DEFAULTS.rehearse.timeout),
        memory: memory('the rehearsal'),
      }),
    ],
    { error: 'true, false or a map with timeout and memory' },
  )
  .meta({ id: 'rehearse' });

const NO_MIGRATION = 'false or a map with command, timeout and memory';
const migrate = z
  .union(
    [
      z.literal(false, { error: NO_MIGRATION }),
      map({
        command: key(
          command('[alembic, upgrade, head]'),
          'The command and its arguments, run without a shell in the new release.',
        ),
        timeout: key(duration, 'A migration that takes longer is stopped.', DEFAULTS.migrate.timeout),
        memory: memory('the migration'),
      }),
    ],
    { error: NO_MIGRATION },
  )
  .meta({ id: 'migrate' });

const rollback = map({
  keepTrying: key(
    duration,
    'How long a host that cannot be reached is tried again while it is rolled back or marked good; then an operator is asked.',
    DEFAULTS.rollback.keepTrying,
  ),
}).meta({ id: 'rollback' });

/** Keys that may stand at the top, for all environments, and again in one environment, for it alone. */
export const settings = {
  layout: key(
    z.enum(['releases'], { error: 'releases' }),
    'How releases lie on a host: releases, one directory each.',
    DEFAULTS.layout,
  ),
  strategy: key(
    z.enum(['overlap', 'restart'], { error: 'overlap or restart' }),
    'How a release is put in service: overlap, beside the old one, which ends when the new one serves; restart, one unit that is restarted.',
    DEFAULTS.strategy,
  ),
  whenMemoryShort: key(
    z.enum(['refuse', 'restart'], { error: 'refuse or restart' }),
    'With overlap, on a host without memory for two: refuse the deploy, or stop the old release before the new one starts.',
    DEFAULTS.whenMemoryShort,
  ),
  app: key(app, 'The ASGI or WSGI app, module:attribute.', DEFAULTS.app),
  python: key(python, 'Interpreter on the host that makes the virtual environments.', DEFAULTS.python),
  requirements: key(
    requirements,
    'Requirement files, relative to the release; every line pinned.',
    DEFAULTS.requirements,
  ),
  shared: key(
    shared,
    'Files and folders of the release that outlive it (uploads, a SQLite file): links into <base>/shared.',
    [],
  ),
  user: key(userName, 'The user that the service runs as. Default: the name of the service.'),
  base: key(base, 'Where releases lie on the host. Default: /srv/<service>.'),
  unit: key(unit, 'The systemd unit. Default: <service>.service.'),
  envFiles: key(
    envFiles,
    'Environment files on the host, root-owned: the place for secrets. Read by systemd, in this order.',
    [],
  ),
  env: key(env, 'Plain settings, shown in the unit. Secrets belong in envFiles.', {}),
  gunicorn: key(gunicorn, 'How Gunicorn is started.'),
  bind: key(bind, 'Where the service listens.', DEFAULTS.bind),
  preImport: key(
    preImport,
    'The import of the app as the service would do it, before anything live changes.',
  ),
  rehearse: key(
    rehearse,
    'Boots the release on a private socket and asks its readiness before the old one is stopped; false: not done.',
    true,
  ),
  migrate: key(
    migrate,
    'Run once per deploy, on the first host, before anything is released. Only changes that the old release can live with.',
    false,
  ),
  installTimeout: key(duration, 'Limit of installing the requirements.', DEFAULTS.installTimeout),
  installMemory: memory('installing the requirements'),
  readiness: key(readiness, 'When a release counts as able to serve.'),
  soak: key(
    soak,
    'A time in which the new release is watched on before it counts as good; a failure rolls back.',
    false,
  ),
  rollback: key(rollback, 'What happens when a rollback cannot be completed at once.'),
  keepReleases: key(
    wholeNumber(1, 100),
    'Releases kept on a host besides the live and the last good one.',
    DEFAULTS.keepReleases,
  ),
};
