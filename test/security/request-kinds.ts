import type { Verb } from '../../src/contract/answers';
import { PROTOCOL } from '../../src/contract/contract';
import type { Verbs } from '../../src/contract/contract-types';
import type { Random } from '../harness/random';
import { archive, type Files, stageRequest } from '../host/landfall-host/service-host';
import { BESIDE, unitOf } from '../host/landfall-host/small-server';
import { Fields, mutated, opened, sent, written } from './wire';

/** Placeholders in a request for values that only the host knows; see serve-requests.py. */
export const RELEASE = '9-abcdef0';
export const CLAIM = { fence: 424_242, run: 'RUN-NOW', seq: 535_353, attempt: 1 };

const FILES: Files = { 'requirements.txt': 'starlette==0.41.0\n', serve: BESIDE };
const ARCHIVE = archive(FILES);
const ADDRESS = { host: '127.0.0.1', port: 8700 };
const PROCESS = { env: { LEVEL: 'info' } };
const SHARED = ['uploads', 'data/db.sqlite'];

const { release: _, ...values } = unitOf(RELEASE, ADDRESS, PROCESS);
const PREVIEW = { ...values, alongside: true };

/** One request of each verb that its helper takes, and may well do. */
export const VALID: { [V in Verb]: Verbs[V]['request'] } = {
  version: {},
  inspect: { python: 'python3', address: ADDRESS },
  observe: { address: ADDRESS, release: RELEASE, waitMilliseconds: 1 },
  claim: { run: 'RUN-NOW', engine: 'engine', commit: 'c0ffee1', by: 'tests', takeOver: false },
  repair: { claim: CLAIM },
  stage: stageRequest(CLAIM, 'content', ARCHIVE, SHARED),
  discard: { claim: CLAIM, release: RELEASE },
  complete: { claim: CLAIM, release: RELEASE, shared: SHARED, public: ['requirements.txt', 'uploads'] },
  examine: { release: RELEASE, app: 'main:app', configFile: null, pythonPath: [] },
  'make-space': { claim: CLAIM, release: RELEASE, bytes: 1_000, inodes: 10, environment: true },
  environment: {
    claim: CLAIM,
    release: RELEASE,
    kind: 'shared',
    tool: 'requirements',
    files: ['requirements.txt'],
    groups: [],
    extras: [],
    python: 'python3',
  },
  job: {
    claim: CLAIM,
    step: 'pre-import',
    round: 0,
    as: 'service',
    release: RELEASE,
    argv: ['/usr/bin/true', '--', 'a'],
    env: { LEVEL: 'info' },
    timeoutMilliseconds: 1_000,
    memoryMaxBytes: 64 << 20,
    waitMilliseconds: 1,
  },
  'job-wait': { fence: CLAIM.fence, step: 'pre-import', round: 0, waitMilliseconds: 1 },
  'job-stop': { claim: CLAIM, step: 'pre-import', round: 0 },
  'install-unit': { claim: CLAIM, ...unitOf(RELEASE, ADDRESS, PROCESS) },
  'restore-unit': { claim: CLAIM, to: 'boot' },
  restart: { claim: CLAIM, release: RELEASE },
  stop: { claim: CLAIM },
  'install-instance': { claim: CLAIM, ...unitOf(RELEASE, ADDRESS, PROCESS) },
  'preview-unit': PREVIEW,
  start: { claim: CLAIM, release: RELEASE, address: ADDRESS, trial: true, waitMilliseconds: 2_000 },
  switch: { claim: CLAIM, release: RELEASE },
  'make-room': { claim: CLAIM, release: RELEASE, closeSocket: false, endUser: false },
  'move-checkout': { claim: CLAIM, checkout: '/srv/shop', release: RELEASE, back: null },
  'send-commit': {
    claim: CLAIM,
    release: RELEASE,
    checkout: '/srv/shop',
    directory: '/srv/shop',
    bytes: 0,
    sha256: '',
  },
  'remove-instance': { claim: CLAIM, release: RELEASE },
  'start-processes': { claim: CLAIM, release: RELEASE, names: ['worker'], waitMilliseconds: 0 },
  'switch-processes': { claim: CLAIM, release: RELEASE, names: ['worker'] },
  'finish-processes': { claim: CLAIM, names: ['worker'], waitMilliseconds: 0 },
  'env-list': { nonce: 'a'.repeat(64), versions: [] },
  'env-set': {
    set: { DATABASE_URL: 'postgres://db' },
    unset: ['OLD'],
    base: 0,
    number: 1,
    apply: true,
    by: 'tests',
  },
  probe: { address: ADDRESS, path: '/ready', headers: { Host: 'shop' }, timeoutMilliseconds: 500 },
  'probe-domain': {
    name: 'shop.example.com',
    address: '127.0.0.1',
    path: '/ready',
    timeoutMilliseconds: 500,
  },
  evidence: { release: RELEASE, invocation: 'f'.repeat(32), texts: { answer: 'no database' } },
  'mark-good': { claim: CLAIM, release: RELEASE, keep: 5, outcome: 'deployed' },
  finish: { claim: CLAIM, outcome: 'deployed' },
};

/** The requests that have to precede all others. */
export const READY: Buffer[] = [
  line('claim', VALID.claim),
  Buffer.concat([line('stage', { ...VALID.stage, shared: [] }), ARCHIVE]),
];

function line<V extends Verb>(verb: V, request: Verbs[V]['request']): Buffer {
  return Buffer.from(`${JSON.stringify({ protocol: PROTOCOL, verb, service: 'shop', ...request })}\n`);
}

/** Now and then a release goes all its way, so that what comes after finds something that serves. */
const ALL_ITS_WAY = ['install-instance', 'start', 'switch', 'mark-good'] as const;

/** @returns about as many requests as wanted */
export function anyRequests(random: Random, wanted: number): Buffer[] {
  const requests: Buffer[] = [];
  while (requests.length < wanted) {
    const next = random.chance(0.03)
      ? ALL_ITS_WAY.map((verb) => line(verb, VALID[verb]))
      : [anyRequest(random)];
    requests.push(...next);
  }
  return requests;
}

/** A request as a deploying user with bad intentions, or a bad day, may send it. */
function anyRequest(random: Random): Buffer {
  const [verb, valid] = random.pick(Object.entries(VALID));
  let fields = opened(valid);
  // Some stay as they are, so that the ones after them find something.
  for (let times = random.pick([0, 1, 1, 1, 2, 3]); times > 0; times -= 1) {
    fields = mutated(random, fields);
  }
  const envelope: [string, unknown][] = [
    ['protocol', random.chance(0.02) ? mutated(random, PROTOCOL) : PROTOCOL],
    ['verb', random.chance(0.02) ? mutated(random, verb) : verb],
    ['service', random.chance(0.03) ? mutated(random, 'shop') : 'shop'],
  ];
  const whole = fields instanceof Fields ? new Fields([...envelope, ...fields.pairs]) : fields;
  return sent(random, written(whole), verb === 'stage' ? ARCHIVE : Buffer.alloc(0));
}
