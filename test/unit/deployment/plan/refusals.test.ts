import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../../src/deployment/inspection';
import { refusalsOf, type Undertaking } from '../../../../src/deployment/plan/refusals';
import { hostTarget, settings } from '../../../harness/deploy-input';
import { BESIDE, LIVE_AND_READY, NOTHING_DEPLOYED } from '../../../harness/inspections';

const WANTED: Undertaking = {
  service: 'shop',
  host: hostTarget('web1'),
  settings: settings({ strategy: 'overlap' }),
  goesBack: false,
  fixForward: false,
  stopFirst: false,
  takesOver: false,
};
const SHORT = { ...BESIDE, memory: { live: 400 << 20, available: 300 << 20 } };
const NOT_READY = { ...LIVE_AND_READY, ready: false, why: 'status 503' };

const said = (facts: Inspection, wanted: Partial<Undertaking> = {}) =>
  refusalsOf(facts, { ...WANTED, ...wanted }).map(({ type, message }) => `${type}: ${message}`);

test('nothing speaks against a deploy to a host that is well, or empty', () => {
  assert.deepEqual(said(BESIDE), []);
  assert.deepEqual(said(NOTHING_DEPLOYED), []);
});

test('all that is missing is told, the first things to correct first', () => {
  const facts = { ...SHORT, diskFree: 150_000_000, ready: false, why: 'status 503' };
  assert.deepEqual(said(facts), [
    'CommandFailed: web1 has only 150 MB left for /srv/shop.',
    'CommandFailed: web1 has no memory for two releases at once: the live one uses 400 MiB, 300 MiB are available, 504 MiB are needed.',
    'NotReady: shop on web1 is not ready now, before anything was changed (status 503).',
  ]);
});

test('old releases that may go count as space, and are named where that is too little', () => {
  const facts = (bytes: number) => ({ ...BESIDE, diskFree: 150_000_000, spare: { releases: 4, bytes } });
  assert.deepEqual(said(facts(60_000_000)), []);
  assert.deepEqual(said(facts(40_000_000)), [
    'CommandFailed: web1 has only 150 MB left for /srv/shop. Its 4 old releases (keepReleases) take 40 MB.',
  ]);
});

test('a line of an environment file that systemd drops stops a deploy, but not a rollback', () => {
  const drops = [
    '/etc/shop.env, line 7: it begins with export, so systemd ignores the line',
    '/etc/shop.env, line 9',
  ];
  const facts = { ...BESIDE, environment: { drops, notices: [] } };
  const [refusal] = refusalsOf(facts, WANTED);
  assert.equal(
    refusal?.message,
    `An environment file on web1 is not as systemd reads it: ${drops[0]} (and 1 more line).`,
  );
  assert.match(refusal?.advice ?? '', /without export/);
  assert.deepEqual(said(facts, { goesBack: true }), []);
});

test('a checkout that cannot be moved, or has local changes, stops a deploy and a rollback', () => {
  const wanted = { settings: settings({ layout: 'in-place', checkout: '/srv/shop' }) };
  const clean = { head: 'a'.repeat(40), changes: [], units: [], problem: null, advice: null };
  const having = (checkout: Partial<NonNullable<Inspection['checkout']>>) => ({
    ...LIVE_AND_READY,
    checkout: { ...clean, ...checkout },
  });
  assert.deepEqual(said(having({}), wanted), []);
  assert.deepEqual(said(having({ problem: '/srv/shop is a link.', advice: 'Write …' }), wanted), [
    'InvalidInput: web1: /srv/shop is a link.',
  ]);
  const changed = having({ changes: ['main.py', 'a b.py'] });
  const losing =
    'InvalidInput: /srv/shop on web1 has local changes, which a deploy would lose: main.py, a b.py.';
  assert.deepEqual(said(changed, wanted), [losing]);
  assert.deepEqual(said(changed, { ...wanted, goesBack: true }), [losing]);
  // An abandoned deploy has moved half of it.
  const moved = { checkout: '/srv/shop', from: 'a'.repeat(40) };
  assert.deepEqual(said({ ...changed, moved }, wanted), []);
});

test('a lack of memory does not stop a deploy that stops the old release anyway, or takes a host over', () => {
  assert.equal(said(SHORT).length, 1);
  assert.deepEqual(said(SHORT, { stopFirst: true }), []);
  assert.deepEqual(said(SHORT, { takesOver: true }), []);
  assert.deepEqual(said(SHORT, { settings: settings({ strategy: 'restart' }) }), []);
  const allowed = settings({ strategy: 'overlap', whenMemoryShort: 'restart' });
  assert.deepEqual(said(SHORT, { settings: allowed }), []);
});

test('a rollback needs neither disk, nor memory next to a release that serves no user', () => {
  const bare = { ...SHORT, diskFree: 0 };
  const back = { goesBack: true, fixForward: true };
  assert.deepEqual(
    said(bare, back).map((refusal) => refusal.slice(0, 37)),
    ['CommandFailed: web1 has no memory for'],
  );
  assert.deepEqual(said({ ...bare, ready: false }, back), []);
});

test('the advice on a live release that is not ready follows from its answer', () => {
  const advised = (why: string, more: Partial<Inspection> = {}) =>
    refusalsOf({ ...NOT_READY, why, ...more }, WANTED)[0]?.advice ?? '';
  assert.match(advised('/health/ready: status 503'), /is the database up/);
  assert.match(advised('/health/ready: answered 404: the app has no route GET /x'), /readiness\.path/);
  assert.match(
    advised('no answer within 2000 ms to 6 questions: its workers are busy or hang'),
    /gunicorn\.workers/,
  );
  assert.doesNotMatch(advised('no answer: connection refused'), /database/);
  const foreign = { live: null, liveUnit: 'shop.service' };
  assert.match(
    advised('shop.service is activating (start)', foreign),
    /did not write shop\.service.*--fix-forward/,
  );
});

test('a live release that is not ready stops a deploy, unless it is to be repaired or was abandoned', () => {
  assert.match(said(NOT_READY)[0] ?? '', /not ready now, before anything was changed \(status 503\)/);
  assert.deepEqual(said(NOT_READY, { fixForward: true }), []);
  assert.deepEqual(said({ ...NOT_READY, abandoned: true }), []);
  assert.equal(said({ ...NOTHING_DEPLOYED, lastGood: '1-aaaaaaa' }).length, 1, 'it should run');
});

test('an address that another program has is refused, but for the unit that stops first', () => {
  const holder = 'nginx (process 12)';
  assert.match(said({ ...BESIDE, holder })[0] ?? '', /127\.0\.0\.1:8000 on web1 is taken by nginx/);
  assert.deepEqual(said({ ...LIVE_AND_READY, holder }), []);
});
