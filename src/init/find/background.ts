/** The processes of a service besides its web server. Pure. */

import type { Module } from './code';
import type { KnownCommand } from './start-command';

export interface FoundProcess {
  name: string;
  command: string;
  isSingleton: boolean;
  /** The command that says whether it is up; null: it stays up. */
  ready: string | null;
  /** For people. */
  why: string;
}

const CELERY = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=\s*(?:celery\.)?Celery\(/;
const BEAT = /\bbeat_schedule\b|\bBEAT_SCHEDULE\b|\badd_periodic_task\(/;
/** Started by themselves: the web server, tasks of a deploy, and a shell for people. */
const NOT_LASTING = /^(?:web|release|console|shell|migrate|postdeploy|dev)$/;

/** @param packages their normalized names; a file of another project's example names packages that are not there */
export function findProcesses(
  modules: Module[],
  packages: Set<string>,
  commands: KnownCommand[],
  envNames: string[],
): FoundProcess[] {
  const written = commands.filter(({ name, words }) => !NOT_LASTING.test(name) && words.length > 0);
  const found = [
    ...(packages.has('celery') ? celery(modules, packages) : []),
    ...(packages.has('rq') || packages.has('django-rq') ? rq(packages, envNames) : []),
    ...(packages.has('arq') ? arq(modules) : []),
    ...(packages.has('dramatiq') ? dramatiq(modules) : []),
    ...(packages.has('apscheduler') ? blockingSchedulers(modules) : []),
  ];
  const own = written.map(
    ({ name, words, from }): FoundProcess => ({
      name: processName(name),
      command: words.join(' '),
      isSingleton: /\bbeat\b|scheduler|clock|cron/i.test(`${name} ${words.join(' ')}`),
      ready: null,
      why: `${name} of ${from}`,
    }),
  );
  const kinds = new Set(own.map(kindOf));
  return unique([...own, ...found.filter((each) => !kinds.has(kindOf(each)))]);
}

/** The same program for the same purpose is not started twice. */
function kindOf({ command }: FoundProcess): string {
  const [program = ''] = command.split(' ');
  return `${program} ${/\s(worker|beat)\b/.exec(command)?.[1] ?? ''}`;
}

function unique(all: FoundProcess[]): FoundProcess[] {
  const names = new Set<string>();
  return all.map((each) => {
    let name = each.name;
    for (let count = 2; names.has(name); count += 1) name = `${each.name}${count}`;
    names.add(name);
    return { ...each, name };
  });
}

function processName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain === '' ? 'process' : plain.slice(0, 20);
}

function celery(modules: Module[], packages: Set<string>): FoundProcess[] {
  const app = modules.flatMap(({ file, name, lines }) =>
    lines.flatMap((line, at) => {
      const attribute = CELERY.exec(line)?.[1];
      return attribute === undefined || name === null
        ? []
        : [{ file, line: at + 1, module: name, attribute }];
    }),
  )[0];
  if (app === undefined) return [];
  // Celery finds these two names by itself.
  const named = /^(?:app|celery)$/.test(app.attribute) ? app.module : `${app.module}:${app.attribute}`;
  const target = named.replace(/\.celery$/, '');
  const isPackage = modules.some(({ name, file }) => name === target && file.endsWith('__init__.py'));
  const shown = isPackage || target === named ? target : named;
  const why = `${app.file} line ${app.line} makes the Celery app`;
  const worker: FoundProcess = {
    name: 'worker',
    command: `celery -A ${shown} worker`,
    isSingleton: false,
    ready: `celery -A ${shown} inspect ping -d $HOSTNAME`,
    why,
  };
  const inDatabase = packages.has('django-celery-beat');
  const beat = modules.find(({ lines }) => lines.some((line) => BEAT.test(line)));
  if (beat === undefined && !inDatabase) return [worker];
  const scheduler = inDatabase ? ' --scheduler django_celery_beat.schedulers:DatabaseScheduler' : '';
  const reason = inDatabase ? 'django-celery-beat is installed' : `${beat?.file} has a schedule`;
  return [
    worker,
    {
      name: 'beat',
      command: `celery -A ${shown} beat${scheduler}`,
      isSingleton: true,
      ready: null,
      why: reason,
    },
  ];
}

function rq(packages: Set<string>, envNames: string[]): FoundProcess[] {
  if (packages.has('django-rq'))
    return [
      {
        name: 'rq',
        command: 'python manage.py rqworker',
        isSingleton: false,
        ready: null,
        why: 'django-rq is installed',
      },
    ];
  const url = envNames.find((name) => /REDIS.*URL|URL.*REDIS/.test(name));
  return [
    {
      name: 'rq',
      command: url === undefined ? 'rq worker' : `rq worker --url $${url}`,
      isSingleton: false,
      ready: null,
      why: 'RQ is installed; the command names no queue: correct it if there are several',
    },
  ];
}

function arq(modules: Module[]): FoundProcess[] {
  return modules.flatMap(({ file, name, lines }) => {
    const at = lines.findIndex((line) => /^class\s+WorkerSettings\b/.test(line));
    if (at < 0 || name === null) return [];
    const why = `${file} line ${at + 1}`;
    return [{ name: 'arq', command: `arq ${name}.WorkerSettings`, isSingleton: false, ready: null, why }];
  });
}

function dramatiq(modules: Module[]): FoundProcess[] {
  const named = modules.filter(
    ({ lines, name }) => name !== null && lines.some((line) => /^\s*@(?:dramatiq\.)?actor\b/.test(line)),
  );
  if (named.length === 0) return [];
  const list = named.map(({ name }) => name).slice(0, 10);
  const why = `${named[0]?.file} has actors`;
  return [{ name: 'dramatiq', command: `dramatiq ${list.join(' ')}`, isSingleton: false, ready: null, why }];
}

function blockingSchedulers(modules: Module[]): FoundProcess[] {
  return modules.flatMap(({ file, name, lines }) => {
    const at = lines.findIndex((line) => /\bBlockingScheduler\(/.test(line));
    if (at < 0 || name === null) return [];
    const why = `${file} line ${at + 1} makes a scheduler`;
    return [{ name: 'scheduler', command: `python -m ${name}`, isSingleton: true, ready: null, why }];
  });
}
