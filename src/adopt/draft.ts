/** The landfall.yaml that reproduces a service that was read. Pure. */
import { isOf } from '../contract/contract';
import type { Draft, DraftKey } from '../deployment/draft/draft';
import { bindArgument } from '../deployment/gunicorn';
import { inRelease } from '../deployment/start-command/words';
import type { Facts } from './facts';
import type { Reading } from './reading';

export interface Wanted {
  environment: string;
  /** As landfall.yaml takes it: `deploy@web1.example.com`. */
  host: string;
}

const DEFAULT_BIND = '127.0.0.1:8000';
const NO_REMOTE = 'git@example.com:team/REPLACE-ME.git';

export function draftOf(facts: Facts, { environment, host }: Wanted): Draft {
  const { reading, service } = facts;
  const { unit, checkout } = reading;
  return {
    service,
    repository: checkout?.remote ?? NO_REMOTE,
    head: [`From ${unit.name} on ${reading.machine.hostname}, by landfall adopt.`],
    keys: [
      ...placeKeys(facts),
      ...serverKeysOf(facts),
      ...readinessKeys(facts),
      ...memoryKeys(facts),
      ...processKeys(reading),
    ],
    environments: { [environment]: { hosts: [host], keys: [] } },
  };
}

function key(path: string[], value: unknown, why: string | null = null): DraftKey {
  return { path, value, why };
}

function placeKeys(facts: Facts): DraftKey[] {
  const { reading, service, bind, user } = facts;
  const { unit, checkout, python, machine } = reading;
  const files = unit.environmentFiles
    .filter(({ path, exists }) => exists && isOf('absolutePath', path))
    .map(({ path }) => path);
  const version = /^(\d+\.\d+)/.exec(python?.version ?? '')?.[1];
  const isDefault = bind === null || bindArgument(bind) === DEFAULT_BIND;
  return [
    ...(checkout !== null && checkout.folder !== '' ? [key(['path'], checkout.folder)] : []),
    ...(isDefault ? [] : [key(['bind'], bindArgument(bind), 'where the old unit listens')]),
    ...(version !== undefined && !machine.python.startsWith(`${version}.`)
      ? [key(['python'], version, 'of the old environment')]
      : []),
    ...(user === null || user === service ? [] : [key(['user'], user, 'owns what the service has written')]),
    ...layoutKeys(facts),
    ...(unit.name === `${service}.service` || !isOf('serviceUnit', unit.name)
      ? []
      : [key(['unit'], unit.name)]),
    ...(files.length === 0 ? [] : [key(['envFiles'], files, 'stay on the host')]),
  ];
}

function layoutKeys({ reading: { checkout }, layout, service, data }: Facts): DraftKey[] {
  if (layout === 'in-place')
    return [
      key(['layout'], layout, 'git reset moves the checkout to each release'),
      ...(checkout === null || checkout.root === `/srv/${service}` ? [] : [key(['checkout'], checkout.root)]),
    ];
  const within = checkout !== null && `${checkout.root}/`.startsWith(`/srv/${service}/`);
  return [
    ...(within ? [key(['base'], `/srv/${service}-releases`, 'the old checkout stays as it is')] : []),
    ...(data.length === 0 ? [] : [key(['shared'], data, 'no commit has these: move them to <base>/shared')]),
  ];
}

function serverKeysOf({ command, server }: Facts): DraftKey[] {
  if (command === null || server === null) return [];
  const { app, server: name } = command;
  return [
    ...(app === null || app === 'main:app' ? [] : [key(['app'], app)]),
    ...(name === 'gunicorn' && server.options.length === 0 ? [] : [key(['server', 'name'], name)]),
    ...server.keys.map(({ path, value }) => key(path, value)),
    ...(server.options.length === 0 ? [] : [key(['server', 'options'], server.options)]),
  ];
}

function readinessKeys({ readiness }: Facts): DraftKey[] {
  switch (readiness.kind) {
    case 'ready':
    case 'shallow':
      return readiness.path === '/health/ready' ? [] : [key(['readiness', 'path'], readiness.path)];
    case 'none':
      return [
        key(['readiness', 'check'], 'tcp', 'the app has no readiness route: only a connection is tested'),
      ];
    case 'silent':
      return [];
  }
}

/** One checkout never serves two releases. */
function memoryKeys({ fitsTwice, layout }: Facts): DraftKey[] {
  return fitsTwice === false && layout === 'releases'
    ? [key(['whenMemoryShort'], 'restart', 'two releases do not fit: requests wait during a deploy')]
    : [];
}

export type Neighbour = Reading['neighbours'][number];

/** The units that become processes of a release. */
export function processesIn({
  neighbours,
  unit,
}: Reading): { neighbour: Neighbour; name: string; words: string[] }[] {
  return neighbours.flatMap((neighbour) => {
    const [command, ...more] = neighbour.commands;
    const words = command === undefined ? [] : inRelease(command);
    const isPlain = words.length > 1 && more.length === 0 && !command?.join(' ').includes('***');
    const name = processName(neighbour.name, unit.name);
    return isPlain && words[1] !== 'multi' ? [{ neighbour, name, words }] : [];
  });
}

function processName(name: string, own: string): string {
  const stem = own.replace(/\.service$/, '');
  const plain = name.replace(/\.service$/, '').replace(/@$/, '');
  const rest = plain.startsWith(`${stem}-`) ? plain.slice(stem.length + 1) : plain;
  return (
    rest
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 21) || 'worker'
  );
}

const IS_SINGLE = /(?:^|\s)(?:beat|-B|--beat|clock|scheduler)(?:\s|$)|scheduler/;

function processKeys(reading: Reading): DraftKey[] {
  return processesIn(reading).flatMap(({ neighbour, name, words }) => {
    const of = ['processes', name];
    return [
      key(
        [...of, 'command'],
        words.some((word) => /\s/.test(word)) ? words : words.join(' '),
        `was ${neighbour.name}`,
      ),
      ...(neighbour.schedule === null ? [] : [key([...of, 'schedule'], neighbour.schedule)]),
      ...(neighbour.schedule === null && IS_SINGLE.test(words.join(' '))
        ? [key([...of, 'singleton'], true)]
        : []),
    ];
  });
}
