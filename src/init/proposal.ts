/** The landfall.yaml that is proposed for an examined service. Pure. */
import { type ControllerAddress, controllerText } from '../config/controller-address';
import type { Draft, DraftKey } from '../deployment/draft/draft';
import { joined } from '../deployment/project/commit-files';
import type { Examined } from './examine';
import { databaseFile } from './find/database-file';

/** The facts that no file of the repository has. */
export interface Answers {
  service: string;
  repository: string;
  /** Folder of the service in the repository; empty: its root. */
  folder: string;
  /** null: the deploy finds it. */
  app: string | null;
  environment: string;
  hosts: string[];
  /** A route that init adds to the code, or that a person names; null: the found one. */
  readiness: string | null;
  /** Where the team deploys from; null: there is none yet. */
  controller: ControllerAddress | null;
}

const STANDARD_APP = 'main:app';
const STANDARD_READINESS = '/health/ready';
const MOST_PROCESSES = 10;

export function proposedDraft(found: Examined, answers: Answers): Draft {
  const { service, repository, environment, hosts } = answers;
  const keys = [
    ...controllerKeys(answers),
    ...folderKeys(answers),
    ...appKeys(found, answers),
    ...found.keys,
    ...serverKeys(found),
    ...djangoKeys(found, answers),
    ...databaseKeys(found),
    ...migrationKeys(found),
    ...processKeys(found),
    ...readinessKeys(found, answers),
  ];
  return {
    service,
    repository,
    head: headOf(found, answers),
    keys,
    environments: { [environment]: { hosts, keys: [] } },
  };
}

function headOf({ env }: Examined, { service, environment }: Answers): string[] {
  const names = env.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const variables =
    names.length === 0
      ? []
      : [`Secrets and settings stand on the hosts: landfall env set ${service} --env ${environment}`];
  return [
    'How Landfall deploys this service. All that is not written here is found in the commit.',
    'Every key: docs/configuration.md of Landfall. Check this file with: landfall validate',
    ...variables,
  ];
}

function controllerKeys({ controller }: Answers): DraftKey[] {
  if (controller === null) return [];
  return [{ path: ['controller'], value: controllerText(controller), why: null }];
}

function folderKeys({ folder }: Answers): DraftKey[] {
  return folder === '' ? [] : [{ path: ['path'], value: folder, why: null }];
}

function appKeys({ apps, start }: Examined, { app }: Answers): DraftKey[] {
  if (app === null || app === STANDARD_APP) return [];
  const others = apps.filter((each) => each !== app).slice(0, 3);
  const from = start?.app === app ? `as in ${start.from}` : null;
  return [
    { path: ['app'], value: app, why: others.length > 0 ? `there is also ${others.join(', ')}` : from },
  ];
}

/** Settings of the start command that a project has today. */
function serverKeys({ start, packages }: Examined): DraftKey[] {
  if (start === null) return [];
  const { server, from, keys, options } = start;
  const why = `as in ${from}`;
  // Gunicorn is chosen by itself, and the only other server too.
  const isFound = server === 'gunicorn' || !packages.has('gunicorn');
  const isNamed = options.length > 0 || !isFound || keys.some(({ path }) => path[0] === 'server');
  return [
    ...(isNamed ? [{ path: ['server', 'name'], value: server, why }] : []),
    ...keys.map(({ path, value }) => ({ path, value, why })),
    ...(options.length > 0 ? [{ path: ['server', 'options'], value: options, why: null }] : []),
  ];
}

function djangoKeys({ django, packages, sourceRoot }: Examined, { service }: Answers): DraftKey[] {
  if (django === null) return [];
  const below = sourceRoot === '' || sourceRoot === 'src' ? '' : `${sourceRoot}/`;
  const environment: DraftKey[] =
    django.manage === null || django.module === null
      ? []
      : [
          {
            path: ['env', 'DJANGO_SETTINGS_MODULE'],
            value: django.module,
            why: `manage.py would take ${django.manage}`,
          },
        ];
  if (!django.hasStaticRoot || !packages.has('django')) return environment;
  const variables = Object.fromEntries(django.required.map((name) => [name, 'build']));
  const build: DraftKey[] = [
    {
      path: ['build', 'commands'],
      value: [`python ${below}manage.py collectstatic --noinput`],
      why: 'STATIC_ROOT is set: each release has its own static files.',
    },
    ...(django.required.length === 0
      ? []
      : [
          {
            path: ['build', 'env'],
            value: variables,
            why: 'The settings need these variables. A build does not see the real values.',
          },
        ]),
  ];
  if (django.staticRoot === null || packages.has('whitenoise')) return [...environment, ...build];
  const publicKey: DraftKey = {
    path: ['public'],
    value: [joined(below.replace(/\/$/, ''), django.staticRoot)],
    why: `A proxy such as nginx serves it from /srv/${service}/current.`,
  };
  return [...environment, ...build, publicKey];
}

/** With a driver of a database server, SQLite is for development. */
const DRIVERS =
  /^(?:psycopg\d?(?:-binary)?|psycopg2-binary|asyncpg|mysqlclient|pymysql|aiomysql|dj-database-url|oracledb)$/;

function databaseKeys({ modules, packages }: Examined): DraftKey[] {
  const file = databaseFile(modules);
  if (file === null || [...packages].some((name) => DRIVERS.test(name))) return [];
  const folder = file.path.includes('/') ? `${file.path.slice(0, file.path.lastIndexOf('/'))}/` : file.path;
  const why = `SQLite writes ${file.path} (${file.file} line ${file.line}). A release is read-only and replaced; this path outlives it.`;
  return [{ path: ['shared'], value: [folder], why }];
}

function migrationKeys({ migration }: Examined): DraftKey[] {
  if (migration === null) return [];
  const why = `Runs once per deploy, before anything is released: only for changes that the old release can live with. Found: ${migration.why}.`;
  return [{ path: ['migrate', 'command'], value: migration.command, why }];
}

function processKeys({ processes }: Examined): DraftKey[] {
  return processes
    .slice(0, MOST_PROCESSES)
    .flatMap(({ name, command, isSingleton, ready, why }) => [
      { path: ['processes', name, 'command'], value: command, why },
      ...(isSingleton ? [{ path: ['processes', name, 'singleton'], value: true, why: null }] : []),
      ...(ready === null ? [] : [{ path: ['processes', name, 'ready', 'command'], value: ready, why: null }]),
    ]);
}

function readinessKeys(found: Examined, { readiness }: Answers): DraftKey[] {
  const [route] = found.routes;
  const headers = headerKeys(found);
  if (readiness !== null)
    return readiness === STANDARD_READINESS
      ? headers
      : [{ path: ['readiness', 'path'], value: readiness, why: null }, ...headers];
  if (route !== undefined) {
    if (route.path === STANDARD_READINESS) return headers;
    const shallow = route.isShallow === true ? '; it checks nothing that the service depends on' : '';
    return [
      { path: ['readiness', 'path'], value: route.path, why: `${route.file} line ${route.line}${shallow}` },
      ...headers,
    ];
  }
  if (found.answersAtRoot)
    return [
      {
        path: ['readiness', 'path'],
        value: '/',
        why: 'No health route was found. A route that checks the database and other services finds more faults.',
      },
      ...headers,
    ];
  return [
    {
      path: ['readiness', 'check'],
      value: 'tcp',
      why: 'No health route was found, so only a connection is asked for. Add a route such as /health/ready, and remove this key.',
    },
  ];
}

function headerKeys({ django }: Examined): DraftKey[] {
  if (django === null) return [];
  return [
    ...(django.host === null
      ? []
      : [
          {
            path: ['readiness', 'headers', 'Host'],
            value: django.host,
            why: 'ALLOWED_HOSTS refuses 127.0.0.1',
          },
        ]),
    ...(django.redirectsToHttps
      ? [
          {
            path: ['readiness', 'headers', 'X-Forwarded-Proto'],
            value: 'https',
            why: 'SECURE_SSL_REDIRECT is set; needs SECURE_PROXY_SSL_HEADER',
          },
        ]
      : []),
  ];
}
