/** Decisions about a service that was read, each in one place for the file and for the findings. Pure. */
import { parseBind } from '../config/address';
import type { Address } from '../contract/contract-types';
import { isHarmless } from '../deployment/hand-made';
import { type ServerKeys, serverKeys } from '../deployment/start-command/keys';
import { type ServerCommand, serverIn } from '../deployment/start-command/server';
import type { Reading } from './reading';

/** Where the service is to run from. */
export type Layout = 'releases' | 'in-place';

export interface Facts {
  reading: Reading;
  layout: Layout;
  service: string;
  command: ServerCommand | null;
  /** The keys of landfall.yaml that say the same as the options of the command. */
  server: ServerKeys | null;
  bind: Address | null;
  readiness: Readiness;
  /** The settings that no release has: neither a file nor landfall.yaml can name them. */
  inUnit: Reading['unit']['settings'];
  /** Paths of the checkout that no commit has, and that look like data of the service. */
  data: string[];
  /** The user of the service, if releases may run as it. */
  user: string | null;
  /** Whether two releases fit into the memory at the same time; null: unknown. */
  fitsTwice: boolean | null;
}

/** How the running service answered. */
export type Readiness =
  | { kind: 'ready' | 'shallow'; path: string }
  /** The service answers, and none of the usual paths with 2xx. */
  | { kind: 'none' }
  /** The service answers no HTTP, or does not run. */
  | { kind: 'silent' };

const DATA = /(?:^|\/)(?:media|uploads?|data|storage|files|instance)\/$|\.(?:sqlite3?|db)$/;
/** A path by whose name it checks what the service depends on. */
const DEEP = /ready|readyz/;
const SPARE_BYTES = 64 << 20;

export function factsOf(reading: Reading, layout: Layout = 'releases'): Facts {
  const { unit, checkout, machine, login } = reading;
  const command = unit.commands.map(serverIn).find((found) => found !== null) ?? null;
  const { name, user } = unit;
  const isOwn = user === 'root' || user === login || !/^[a-z][a-z0-9-]{0,30}$/.test(user);
  const untracked = checkout === null ? [] : [...checkout.untracked, ...checkout.ignored];
  return {
    reading,
    layout,
    service: serviceName(name),
    command,
    server: command === null ? null : serverKeys(command, unit.directory),
    bind:
      unit.listens[0] ?? parseBind(command?.options.bind ?? '') ?? parseBind(reading.conf?.values.bind ?? ''),
    readiness: readinessOf(reading),
    inUnit: unit.settings.filter(({ file, name: of }) => file === null && !isHarmless(of)),
    data: untracked.filter((path) => DATA.test(path) && /^[\w./-]+$/.test(path)),
    user: isOwn ? null : user,
    fitsTwice: unit.memory === null ? null : machine.memoryAvailable >= unit.memory * 1.1 + SPARE_BYTES,
  };
}

function serviceName(unit: string): string {
  const plain = unit
    .replace(/\.service$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 31);
  return plain === '' ? 'service' : plain;
}

function readinessOf({ routes }: Reading): Readiness {
  const good = routes.filter(({ status }) => status >= 200 && status < 300).map(({ path }) => path);
  const [first] = good;
  if (first === undefined) return { kind: routes.length === 0 ? 'silent' : 'none' };
  return { kind: DEEP.test(first) ? 'ready' : 'shallow', path: first };
}
