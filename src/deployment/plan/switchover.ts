/** How a new release starts alongside the live one on one host, with strategy `overlap`. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import { checkoutOf } from '../../config/in-place';
import type { Address } from '../../contract/contract-types';
import { sharedNodes } from '../celery';
import { handMadeNotices } from '../hand-made';
import type { Inspection } from '../inspection';
import { listensElsewhere } from '../probes';
import { serverOf, workerClassOf } from '../server';

export interface Switchover {
  /** Why what runs must stop before the new release starts; null: both run until the new one serves. */
  stopFirst: string | null;
  /** Whether systemd must stop listening in between, because its address changes or it did not listen. */
  closeSocket: boolean;
  /** Where systemd listened before, when that is another address than the new one; null: the same. */
  before: Address | null;
  /** Where systemd listens before the unit that listened itself has ended; null: not before the new release starts. */
  listen: Address | null;
}

/** Beyond what the live one has: a new release may be a little larger, and the host needs some itself. */
const MARGIN = 1.1;
const SPARE_BYTES = 64 << 20;

/** A worker class of the project may inherit from a class that has a gate: that shows when it starts. */
const NOT_GATED = /^(gevent|gevent_wsgi|gevent_pywsgi|eventlet|tornado|gaiohttp|meinheld\..*|aiohttp\..*)$/;

/** @returns null with strategy `restart`: there is one unit, and it is restarted */
export function switchoverOf(facts: Inspection, settings: ServiceSettings, bind: Address): Switchover | null {
  if (settings.strategy !== 'overlap') return null;
  const { running, socket } = facts;
  const moves = listensElsewhere(socket, bind);
  const before = moves ? socket.address : null;
  // systemd cannot listen at a path where another socket is.
  const listen = 'socket' in bind ? null : bind;
  if (listensByItself(facts))
    return { stopFirst: `${settings.unit} listens by itself`, closeSocket: false, before, listen };
  const later = { before, listen: null };
  if (moves) return { stopFirst: `it listens on ${socket.listens} until now`, closeSocket: true, ...later };
  if (running && !socket.active) return { stopFirst: 'its socket was stopped', closeSocket: true, ...later };
  return { stopFirst: memoryShort(facts), closeSocket: false, ...later };
}

/** Notices for people before a release replaces what runs, one sentence each. */
export function noticesOf(facts: Inspection, settings: ServiceSettings, bind: Address): string[] {
  const shared = sharedNodes(settings.processes);
  const { handMade, liveUnit: unit, probes } = facts;
  const before =
    handMade === undefined ? [] : handMadeNotices(handMade, { unit, settings, bind, probe: probes.live });
  const overlap = settings.strategy === 'overlap' ? noticesOfOverlap(facts, settings) : [];
  return [...shared, ...before, ...overlap, ...noticesOfCheckout(facts, settings)];
}

function noticesOfCheckout(
  { checkout, live, liveCommit, moved }: Inspection,
  settings: ServiceSettings,
): string[] {
  const place = checkoutOf(settings);
  if (place === null || checkout === undefined) return [];
  const { units, head } = checkout;
  const many = units.length > 1 ? 'run' : 'runs';
  const isElsewhere = live !== null && moved === undefined && head !== null && head !== liveCommit;
  return [
    units.length > 0 &&
      `${units.join(', ')} ${many} from ${place} too, with packages of another environment, and nothing restarts it; write its command under processes:`,
    isElsewhere &&
      `${place} is at ${head.slice(0, 7)}, and ${live} is live, of ${liveCommit?.slice(0, 7) ?? 'an unknown commit'}; a rollback goes back to ${live}`,
  ].filter((notice) => notice !== false);
}

function noticesOfOverlap(facts: Inspection, settings: ServiceSettings): string[] {
  const workerClass = workerClassOf(serverOf(settings));
  const { unit } = settings;
  const template = unit.replace(/\.service$/, '@.service');
  return [
    NOT_GATED.test(workerClass) &&
      `no gate for worker class ${workerClass}: it listens before it has proven itself, and requests may be lost as it stops`,
    facts.dropIns && `${unit}.d has drop-ins; with strategy overlap they belong in ${template}.d`,
    facts.running &&
      facts.memory.live === null &&
      `the memory of ${facts.liveUnit} is not known: it has too many processes; whether two releases fit was not checked`,
  ].filter((notice) => notice !== false);
}

/** Whether what runs is the one unit, which has its address for itself. */
export function listensByItself({ running, liveIsInstance }: Inspection): boolean {
  return running && !liveIsInstance;
}

/** @returns null where both fit, or nothing runs */
export function memoryShort({ running, memory }: Inspection): string | null {
  const needed = Math.floor((memory.live ?? 0) * MARGIN) + SPARE_BYTES;
  if (!running || memory.available >= needed) return null;
  return `the live one uses ${megabytes(memory.live ?? 0)}, ${megabytes(memory.available)} are available, ${megabytes(needed)} are needed`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`;
}
