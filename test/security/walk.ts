/** Requests as a deploying user with bad intentions may send them one after the other, each of them legal or nearly so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL } from '../../src/contract/contract';
import type { ProcessValues } from '../../src/contract/contract-types';
import { packageRoot } from '../../src/package-root';
import type { Random } from '../harness/random';
import type { ServiceHost } from '../host/landfall-host/service-host';
import { unitOf } from '../host/landfall-host/small-server';

export type Request = { verb: string } & Record<string, unknown>;

/** Placeholders that the host fills in: see walk.py. */
export const CLAIM = { fence: 'FENCE', run: 'RUN', seq: 'SEQ', attempt: 1 };

/** Runs as whichever unit starts it, takes every connection that it is given, and never does any good. */
export const HOLDS = `#!/usr/bin/python3
import os, signal, socket
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
signal.pause()
`;

export const JOB = {
  verb: 'job',
  claim: CLAIM,
  step: 'pre-import',
  as: 'service',
  release: 'RELEASE-0',
  argv: ['/usr/bin/timeout', '5', '/usr/bin/python3', '/opt/plant.py'],
  env: {},
  timeoutMilliseconds: 10_000,
  memoryMaxBytes: null,
  waitMilliseconds: 0,
};

/** The answer of walk.py to each request. */
export interface Step {
  request: Request;
  answer: { ok: boolean; error?: { type: string; message: string } };
  violations: string[];
}

const CLAIM_REQUEST: Request = {
  verb: 'claim',
  run: 'walk',
  engine: 'engine',
  commit: 'c0ffee1',
  by: 'tests',
  takeOver: true,
};

/** Sends them in turn, with what the service's user does meanwhile. */
export async function walked(shop: ServiceHost, requests: Request[], run: string): Promise<Step[]> {
  const envelope = { protocol: PROTOCOL, service: 'shop' };
  const lines = [
    JSON.stringify({ ready: [{ ...envelope, ...CLAIM_REQUEST, run }] }),
    ...requests.map((request) => JSON.stringify({ request: { ...envelope, ...request } })),
  ];
  await installed(shop, 'walk.py', '/root/walk.py');
  await installed(shop, 'plant.py', '/opt/plant.py');
  const limit = { input: `${lines.join('\n')}\n`, timeoutSeconds: 60 + requests.length * 10 };
  const ran = await shop.host.root('python3 -I /root/walk.py', limit);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line, at) => ({ ...JSON.parse(line), request: requests[at] }));
}

async function installed(shop: ServiceHost, name: string, path: string): Promise<void> {
  const program = readFileSync(join(packageRoot(), 'test', 'security', name), 'base64');
  await shop.root(`base64 -d <<'END' | install -D -m 644 /dev/stdin ${path}\n${program}\nEND`);
}

/** The violations, and after which request they appeared. */
export function problemsOf(steps: Step[]): string[] {
  return steps.flatMap(({ request, violations }, at) =>
    violations.map((violation) => `after request ${at}, ${JSON.stringify(request)}: ${violation}`),
  );
}

export function anyWalk(random: Random, address: string, length: number): Request[] {
  return Array.from({ length }, () => anyStep(random, address));
}

const RELEASES = ['RELEASE-0', 'RELEASE-1', 'RELEASE-2'];

function anyStep(random: Random, host: string): Request {
  const release = random.pick(RELEASES);
  const claim = { ...CLAIM, attempt: 1 + random.below(2) };
  const address = () => random.pick(addresses(host, random.pick(RELEASES)));
  const unit = (verb: string) => ({
    verb,
    claim,
    ...unitOf(release, { socket: '' }, anyProcess(random)),
    address: address(),
  });
  const start = { claim, release, trial: random.chance(0.5), waitMilliseconds: random.pick([0, 300]) };
  return random.pick<() => Request>([
    () => unit('install-unit'),
    () => unit('install-unit'),
    () => unit('install-instance'),
    () => unit('install-instance'),
    () => ({ verb: 'start', ...start, address: address() }),
    () => ({ verb: 'start', ...start, address: address() }),
    () => ({ verb: 'start', ...start, address: { socket: '/run/shop.sock' } }),
    () => ({ verb: 'restart', claim, release }),
    () => ({ verb: 'restart', claim, release }),
    () => ({ verb: 'restart', claim, release: null }),
    () => ({ verb: 'switch', claim, release }),
    () => ({ verb: 'mark-good', claim, release, keep: random.below(3) + 3, outcome: 'deployed' }),
    () => ({ verb: 'mark-good', claim, release, keep: 5, outcome: 'deployed' }),
    () => ({ verb: 'restore-unit', claim, to: random.pick(['before', 'boot']) }),
    () => ({
      verb: 'make-room',
      claim,
      release: random.pick([release, null]),
      closeSocket: random.chance(0.6),
    }),
    () => ({ verb: 'remove-instance', claim, release }),
    () => ({ verb: 'stop', claim }),
    () => ({ verb: 'repair', claim }),
    () => ({ ...CLAIM_REQUEST, run: `walk-${random.below(1_000_000)}` }),
    () => ({
      ...JOB,
      release,
      round: random.below(1_000_000),
      as: random.pick(['service', 'service', 'deploy']),
    }),
  ])();
}

/** Where a service may listen, and where it must not. */
function addresses(host: string, release: string): object[] {
  const sockets = [
    '/run/shop.sock',
    '/run/shop.sock',
    '/run/shop.run/shop.sock',
    '/run/shop.run/shop.sock',
    '/run/shop/shop.sock',
    `/run/landfall/services/shop/${release}/shop.sock`,
    '/run/landfall/services/shop/x',
    '/run/landfall/trials/x',
    '/srv/shop/shared/shop.sock',
    '/run/systemd/x.sock',
    '/run/shop.socket',
    '/run/sudo/../shop.sock',
  ];
  return [{ host, port: 8_080 }, { host, port: 8_081 }, ...sockets.map((socket) => ({ socket }))];
}

function anyProcess(random: Random): Partial<ProcessValues> {
  const env = random.pick<Record<string, string>>([
    {},
    { LD_PRELOAD: '/srv/shop/shared/x.so' },
    { RUNTIME_DIRECTORY: '/etc', XDG_RUNTIME_DIR: '/etc' },
    { NOTE: '"\\\nRuntimeDirectory=shop' },
    { NOTE: `" ; +/bin/sh %t $HOME '` },
  ]);
  const app = random.pick(['main:app', 'main:app', 'main:app; +/bin/sh']);
  return { env, app };
}
