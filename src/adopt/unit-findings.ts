/** Findings about a unit: how it runs, its settings, its server and its readiness. Pure. */
import { isOf } from '../contract/contract';
import { lostDirectives } from './directives';
import type { Facts } from './facts';
import { error, type Finding, type Named, note, some, warning } from './finding';

export function ofUnit({ reading, command, service, user }: Facts): Finding[] {
  const { unit, login } = reading;
  const active = unit.active === 'active';
  return [
    ...(active
      ? []
      : [
          error(
            `${unit.name} is ${unit.active}.`,
            `Start it first, so that a rollback has a target: systemctl start ${unit.name}`,
          ),
        ]),
    ...(command === null
      ? [
          error(
            `${unit.name} starts no Gunicorn, uvicorn, Hypercorn or Granian that can be read.`,
            'Write `app:` and `server:` in landfall.yaml.',
          ),
        ]
      : []),
    ...(unit.user === 'root'
      ? [
          warning(
            `${unit.name} runs as root; the release runs as ${service}.`,
            'Give that user the files that the service writes.',
          ),
        ]
      : []),
    ...(unit.user !== 'root' && user === null
      ? [
          warning(
            `${unit.name} runs as ${unit.user}${unit.user === login ? ', which also logs in' : ''}; a service must not own its code, so the release runs as ${service}.`,
            `Give the files that the service writes to ${service}.`,
          ),
        ]
      : []),
    ...(unit.sockets.length > 0
      ? [
          error(
            `${unit.sockets.join(', ')} listens for ${unit.name}, and Landfall writes a socket of its own.`,
            `Before the first deploy: systemctl disable --now ${unit.sockets.join(' ')}`,
          ),
        ]
      : []),
    ...(isOf('serviceUnit', unit.name)
      ? []
      : [
          error(
            `${unit.name} has a name that Landfall does not use: it has to be like ${service}.service.`,
            `Rename the unit to ${service}.service, and start it again under that name.`,
          ),
        ]),
    ...lostDirectives(unit, service),
  ];
}

export function ofSettings({ reading, inUnit, layout }: Facts, { host, environment }: Named): Finding[] {
  const { unit, checkout } = reading;
  const secrets = inUnit.filter(({ secret }) => secret).map(({ name }) => name);
  const names = inUnit.map(({ name }) => name);
  const unread = unit.environmentFiles.filter(({ exists, readable }) => exists && !readable);
  const gone = unit.environmentFiles.filter(({ exists }) => !exists);
  const dotenv =
    checkout?.untracked.concat(checkout.ignored).filter((path) => /(?:^|\/)\.env(?:\.\w+)?$/.test(path)) ??
    [];
  return [
    ...(names.length > 0
      ? [
          error(
            `${unit.name} sets ${some(names)}, and a release does not read that unit.${secrets.length > 0 ? ` Secrets among them: ${some(secrets)}.` : ''}`,
            `Move them into a file of root's: landfall adopt ${host} ${unit.name} --env ${environment} --move-secrets`,
          ),
        ]
      : []),
    ...(dotenv.length > 0 && layout === 'releases'
      ? [
          warning(
            `${some(dotenv)} of the checkout is in no commit, so a release does not have it.`,
            `After setup: landfall env set ${reading.unit.name.replace(/\.service$/, '')} --env ${environment} < ${dotenv[0]}`,
          ),
        ]
      : []),
    ...unread.map(({ path }) =>
      note(
        `${path} could not be read: its names are not known.`,
        'Run again as a user with sudo, to see them.',
      ),
    ),
    ...gone.map(({ path }) =>
      note(`${unit.name} names ${path}, which does not exist: landfall.yaml leaves it out.`),
    ),
  ];
}

export function ofReadiness({ readiness, reading }: Facts): Finding[] {
  switch (readiness.kind) {
    case 'ready':
      return [];
    case 'shallow':
      return [
        warning(
          `${readiness.path} answers, and its name does not promise that it checks a database.`,
          'Let a path such as /health/ready answer 2xx only when the service can serve, and write it as `readiness.path`.',
        ),
      ];
    case 'none':
      return [
        error(
          `The service answers none of the usual paths with 2xx (${some(reading.routes.map(({ path, status }) => `${path}: ${status}`))}).`,
          'Add a path such as /health/ready to the app. Until then only a connection is tested (`readiness.check: tcp`).',
        ),
      ];
    case 'silent':
      return reading.unit.mainPid === 0
        ? []
        : [
            warning(
              `${reading.unit.name} answers no HTTP that this user can see.`,
              'Write `bind:` and `readiness.path`.',
            ),
          ];
  }
}

export function ofServer({ command, server, reading }: Facts): Finding[] {
  if (command === null || server === null) return [];
  const { sharedMemory } = reading.unit;
  const { preload } = command;
  const { dropped } = server;
  const megabytes = Math.round(sharedMemory / (1 << 20));
  const isPreloaded = preload || reading.conf?.values.preload_app === 'True';
  return [
    ...(isPreloaded
      ? [
          warning(
            `--preload imports the app once, in the master: one bad import stops every worker.${megabytes > 0 ? ` It saves about ${megabytes} MiB here.` : ''} landfall.yaml leaves it out.`,
            'Write `gunicorn.preload: true` only where that memory counts.',
          ),
        ]
      : []),
    ...dropped.map((each) => note(`landfall.yaml leaves out an option of the command: ${each}.`)),
    ...(reading.conf === null
      ? []
      : [
          note(
            `${reading.conf.file} of the project counts too: ${some([...Object.keys(reading.conf.values), ...reading.conf.computed])}.`,
          ),
        ]),
  ];
}
