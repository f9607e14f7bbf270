/** How a new release gets beside the live one on one host: judged from what was seen there. Pure. */

import type { Looking } from '../../activities/observe/inspect-host';
import type { Address, HostFacts } from '../../host-agent/contract-types';
import { fail } from '../failures';
import { asListened, listensOn } from '../probes';

export interface Overlap {
  /** Why what runs must stop before the new release starts; null: it goes on until the new one serves. */
  stopFirst: string | null;
  /** Whether systemd must stop listening in between: the address changes, or it was not systemd who listened. */
  closeSocket: boolean;
  /** Where it listened before, when that is another address than the new one; null: the same. */
  before: Address | null;
  /** What people should know, for the step's note. */
  notices: string[];
}

/** Beyond what the live one has: a new release may be a little larger, and the host needs some itself. */
const MARGIN = 1.1;
const SPARE_BYTES = 64 << 20;

/** One of the project's own may inherit from a class that has a gate: that shows when it starts. */
const NOT_GATED = /^(gevent|gevent_wsgi|gevent_pywsgi|eventlet|tornado|gaiohttp|meinheld\..*|aiohttp\..*)$/;

/**
 * @throws CommandFailed when somebody else has the address, or memory does not suffice for two and
 *   landfall.yaml does not allow an interruption
 */
export function planOverlap(input: Looking, facts: HostFacts): Overlap {
  const { host, settings } = input;
  const { live } = facts;
  const running = live.mainPid !== 0;
  if (facts.holder !== null && !(running && live.unit === facts.policy.unit)) {
    throw fail('CommandFailed', `${asListened(host.bind)} on ${host.name} is taken by ${facts.holder}.`, {
      host: host.name,
      advice: 'Stop that program, or give the service another address with `bind:` in landfall.yaml.',
    });
  }
  const alone = running && live.unit === facts.policy.unit;
  const moves = facts.socket.active && !facts.socket.listens.split(' ').includes(asListened(host.bind));
  const { workerClass } = settings.gunicorn;
  const notices: string[] = [];
  if (NOT_GATED.test(workerClass)) {
    notices.push(
      `no gate for worker class ${workerClass}: it listens before it has proven itself, and requests may be lost as it stops`,
    );
  }
  if (facts.dropIns) {
    notices.push(
      `${facts.policy.unit}.d has drop-ins; with strategy overlap they belong in ${templateOf(facts)}.d`,
    );
  }
  if (running && facts.liveMemoryBytes === null) {
    notices.push(
      `the memory of ${live.unit} is not known: it has too many processes; whether two releases fit was not checked`,
    );
  }
  const before = moves ? listensOn(facts) : null;
  const plan = { notices, before };
  if (alone) return { ...plan, stopFirst: `${facts.policy.unit} listens by itself`, closeSocket: false };
  if (moves)
    return { ...plan, stopFirst: `it listens on ${facts.socket.listens} until now`, closeSocket: true };
  if (running && !facts.socket.active)
    return { ...plan, stopFirst: 'somebody has stopped its socket', closeSocket: true };
  const short = running ? memoryShort(facts) : null;
  if (short === null) return { ...plan, stopFirst: null, closeSocket: false };
  if (settings.whenMemoryShort === 'restart') return { ...plan, stopFirst: short, closeSocket: false };
  throw fail('CommandFailed', `${host.name} has no memory for two releases at once: ${short}.`, {
    host: host.name,
    advice:
      'Make room, or write `whenMemoryShort: restart` in landfall.yaml: the old release then stops before the new one starts, and requests wait meanwhile.',
  });
}

function memoryShort({ liveMemoryBytes, memoryAvailableBytes }: HostFacts): string | null {
  const needed = Math.floor((liveMemoryBytes ?? 0) * MARGIN) + SPARE_BYTES;
  if (memoryAvailableBytes >= needed) return null;
  return `the live one uses ${megabytes(liveMemoryBytes ?? 0)}, ${megabytes(memoryAvailableBytes)} are available, ${megabytes(needed)} are needed`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`;
}

function templateOf({ policy }: HostFacts): string {
  return policy.unit.replace(/\.service$/, '@.service');
}
