/** Inspections of a host, for tests that change single facts. */
import type { Inspection } from '../../src/deployment/inspection';
import type { PlacedProbe } from '../../src/deployment/model';
import type { Socket } from '../../src/deployment/probes';
import { settings } from './deploy-input';

export const OLD = '1-aaaaaaa';
export const OLD_COMMIT = 'a'.repeat(40);

const MiB = 1 << 20;

export function probe(changes: Partial<PlacedProbe> = {}): PlacedProbe {
  return { address: { host: '127.0.0.1', port: 8000 }, settings: settings(), moved: false, ...changes };
}

export const NO_SOCKET: Socket = { active: false, listens: '', address: null };

/** systemd listens on that port of the loopback. */
export function listening(port: number): Socket {
  return { active: true, listens: `127.0.0.1:${port}`, address: { host: '127.0.0.1', port } };
}

/** The interpreter of Debian. */
export const PYTHON: Inspection['interpreters'][number] = {
  path: '/usr/bin/python3.11',
  version: '3.11.2',
  asked: true,
  standard: true,
  makes: true,
  serves: true,
};

/** An open claim of another run of this engine. */
export const OPEN_CLAIM: NonNullable<Inspection['claim']> = {
  fence: 3,
  run: 'run-3',
  engine: 'cluster/default/deploy/shop/production',
  commit: 'b'.repeat(40),
  by: 'ada@laptop',
  since: '2026-01-01T00:00:00Z',
  state: 'open',
  outcome: null,
  ours: true,
};

/** One unit that listens by itself, ready and last good. There is nothing to repair. */
export const LIVE_AND_READY: Inspection = {
  live: OLD,
  liveCommit: OLD_COMMIT,
  running: true,
  ready: true,
  why: '',
  liveIsInstance: false,
  liveUnit: 'shop.service',
  lastGood: OLD,
  lastGoodCommit: OLD_COMMIT,
  previousGood: null,
  boots: { release: OLD, enabled: true, foreign: false, instance: false },
  abandoned: false,
  claim: null,
  socket: NO_SOCKET,
  holder: null,
  dropIns: false,
  memory: { live: 100 * MiB, available: 1_000 * MiB },
  diskFree: 1e12,
  spare: null,
  interpreters: [PYTHON],
  uv: null,
  leftovers: [],
  warnings: [],
  environment: { drops: [], notices: [] },
  probes: { live: probe(), lastGood: null, previousGood: null },
};

export const NOTHING_DEPLOYED: Inspection = {
  ...LIVE_AND_READY,
  live: null,
  liveCommit: null,
  running: false,
  ready: false,
  lastGood: null,
  lastGoodCommit: null,
  boots: { release: null, enabled: false, foreign: false, instance: false },
  memory: { live: null, available: 1_000 * MiB },
};

/** A host where releases run alongside each other. */
export const BESIDE: Inspection = {
  ...LIVE_AND_READY,
  liveIsInstance: true,
  liveUnit: `shop@${OLD}.service`,
  boots: { ...LIVE_AND_READY.boots, instance: true },
  socket: listening(8000),
};

/** The boot unit is from before Landfall. */
export const FOREIGN_BOOT: Inspection['boots'] = {
  release: null,
  enabled: true,
  foreign: true,
  instance: false,
};
