import type { Verb } from '../../src/contract/answers';
import type { ProcessState, Verbs } from '../../src/contract/contract-types';
import { policyOf } from '../../src/deployment/policy';
import { settings } from './deploy-input';
import { PYTHON } from './inspections';
import { unit } from './unit-state';

const RELEASE = '12-3fa9c1e';
const UNIT = unit({
  unit: `shop@${RELEASE}.service`,
  release: RELEASE,
  memoryBytes: 1 << 20,
  gate: { ready: 2, unproven: 0, ms: 300, note: null },
});
const CLAIM: NonNullable<Verbs['inspect']['result']['claim']> = {
  fence: 7,
  run: 'a run',
  engine: 'an engine/deploy/shop/production',
  commit: 'c0ffee1'.padEnd(40, '0'),
  by: 'ada',
  since: '2026-01-01T10:00:00Z',
  state: 'closed',
  outcome: 'deployed',
};
const PROCESS: ProcessState = {
  unit: `shop@${RELEASE}.worker.7.service`,
  active: 'active',
  result: 'success',
  exitStatus: 0,
  mainPid: 4711,
  invocation: 'f'.repeat(32),
  restarts: 0,
};
const JOB: Verbs['job']['result'] = {
  name: 'landfall-job-shop-7-migrate-0.service',
  state: 'ended',
  result: 'success',
  exitStatus: 0,
  elapsedMilliseconds: 1200,
  memoryMaxBytes: 1 << 30,
  output: 'done',
};

/** The answers of an honest host to each verb, with a value at every key. */
export const ANSWERS: { [V in Verb]: Verbs[V]['result'] } = {
  examine: {
    packages: ['gunicorn 25.0.1', 'uvicorn 0.40.0'],
    app: { kind: 'asgi', file: 'main.py', line: 3, by: 'FastAPI' },
    conf: { file: 'gunicorn.conf.py', values: { workers: '5' }, computed: ['bind'] },
    candidates: ['main:app'],
  },
  'env-list': {
    newest: 2,
    live: { release: RELEASE, version: 1 },
    versions: [{ number: 2, changed: '2026-01-01T10:00:00Z', by: 'ann', count: 1 }],
    contents: [
      {
        number: 2,
        variables: [
          { name: 'DATABASE_URL', since: 2, changed: '2026-01-01T10:00:00Z', digest: 'a'.repeat(64) },
        ],
      },
    ],
    files: [{ name: 'DATABASE_URL', file: '/etc/shop/env' }],
  },
  'env-set': {
    moved: false,
    before: 1,
    number: 2,
    added: ['DATABASE_URL'],
    changed: ['LEVEL'],
    removed: ['OLD'],
    missing: ['GONE'],
    files: [{ name: 'DATABASE_URL', file: '/etc/shop/env' }],
  },
  version: { version: '0.2.0', sha256: '0'.repeat(64) },
  inspect: {
    helper: { version: '0.2.0', sha256: '0'.repeat(64) },
    hostname: 'web1',
    bootId: '0b0d0e0f-0000-4000-8000-000000000000',
    interpreters: [PYTHON],
    uv: '/usr/local/bin/uv',
    diskFreeBytes: 1e12,
    spare: null,
    memoryAvailableBytes: 1e9,
    liveMemoryBytes: 1e8,
    holder: 'nginx (process 12)',
    socket: { active: true, listens: '127.0.0.1:8000' },
    dropIns: false,
    environment: { drops: ['/etc/shop.env, line 2: there is no ='], notices: ['/etc/shop.env, line 3: $'] },
    warnings: ['/etc/systemd/system/shop.service.d/a.conf runs ExecStartPre=+ as root'],
    policy: {
      ...policyOf({ service: 'shop', settings: settings() }, 'deploy'),
      addresses: ['127.0.0.1:8000'],
    },
    claim: CLAIM,
    live: UNIT,
    boot: { release: RELEASE, enabled: true, foreign: false, instance: true },
    lastGood: RELEASE,
    releases: [
      {
        id: RELEASE,
        commit: '3fa9c1e'.padEnd(40, '0'),
        content: 'c'.repeat(32),
        created: '2026-01-01T10:00:00Z',
        good: '2026-01-01T10:01:00Z',
        before: '11-aaaaaaa',
        venv: '0123456789abcdef',
      },
    ],
    kept: { [RELEASE]: { payload: '{}', signature: 'f'.repeat(64) } },
    dependents: [{ unit: 'shop-jobs.service', release: RELEASE }],
    leftovers: ['/srv/shop/releases/.partial-1 is an unfinished directory'],
  },
  observe: UNIT,
  claim: { fence: 8, tookOver: CLAIM, stoppedJobs: ['landfall-job-shop-7-migrate-0.service'] },
  repair: { repaired: ['a half link was removed'] },
  stage: {
    release: RELEASE,
    reused: false,
    built: true,
    notes: ['app.db in shared begins as the commit has it'],
  },
  complete: {
    unread: { users: ['www-data'], folders: ['static'] },
    notes: ['public: /srv/shop/shared has no media yet'],
  },
  discard: { removed: true },
  'make-space': {
    fits: true,
    again: false,
    freeBytes: 1e12,
    neededBytes: 1e6,
    removed: '11-aaaaaaa',
    removedBytes: 1e6,
    staying: { releases: 2, bytes: 1e6, inodes: 100 },
  },
  environment: {
    name: '0123456789abcdef',
    path: '/srv/shop/venvs/0123456789abcdef',
    complete: true,
    unpinned: ['x'],
    python: '/usr/bin/python3',
    ofRelease: false,
    layered: false,
  },
  job: JOB,
  'job-wait': JOB,
  'job-stop': { stopped: true },
  'install-unit': { changed: true, added: 1, removed: 0, diff: '+a', warnings: [] },
  'restore-unit': { restored: true },
  restart: { did: 'restarted', before: 'b'.repeat(32), dependents: [] },
  stop: { stopped: true },
  'install-instance': { changed: true, added: 1, removed: 0, diff: '+a', warnings: [] },
  'preview-unit': { changed: true, added: 1, removed: 0, diff: '+a', warnings: [] },
  start: { unit: UNIT, state: 'up', note: 'it listens' },
  switch: {
    stopping: ['shop@11-aaaaaaa.service'],
    dependents: [{ unit: 'shop-jobs.service', did: 'restarted' }],
  },
  'make-room': { stopped: true, ended: 2, listens: true },
  'move-checkout': { stopped: true, at: 'c'.repeat(40), saved: null },
  'send-commit': {
    present: true,
    head: 'c'.repeat(40),
    ours: true,
    shallow: false,
    inTheWay: ['a.db'],
    linked: 2,
  },
  'remove-instance': { stopped: true },
  'start-processes': {
    processes: { worker: { unit: PROCESS, state: 'starting', status: 'it is activating' } },
  },
  'switch-processes': {
    draining: [{ process: 'worker', release: RELEASE, unit: PROCESS.unit, until: '2026-01-01T17:20:00Z' }],
  },
  'finish-processes': { stopped: true },
  'probe-domain': { status: 200, certificate: 'MIIB', distrusted: null, error: null },
  probe: {
    status: 200,
    body: '{"status":"ok"}',
    headers: { 'content-type': 'application/json' },
    error: null,
    milliseconds: 3,
  },
  evidence: { unit: UNIT, journal: ['10:00:00.000Z python[1]: hello'], texts: { lastAnswer: 'status 503' } },
  'mark-good': { pruned: ['11-aaaaaaa'] },
  finish: { closed: true },
};
