import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandMade } from '../../../src/contract/contract-types';
import { handMadeNotices, keepsAddress, lostInWords, lostSettings } from '../../../src/deployment/hand-made';
import type { Inspection } from '../../../src/deployment/inspection';
import { refusalsOf } from '../../../src/deployment/plan/refusals';
import { hostTarget, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY, probe } from '../../harness/inspections';

const BIND = { host: '127.0.0.1', port: 8000 };
const OLD = { host: '127.0.0.1', port: 8077 };
const BEFORE: HandMade = { listens: [OLD], user: 'shop', lost: [], directives: [], proxy: null };

const lost = (name: string, file: string | null = null, dropIn = false) => ({ name, file, dropIn });

test('settings of the old unit are lost unless landfall.yaml or a drop-in of the same unit sets them', () => {
  const all = [lost('PATH'), lost('LOG_LEVEL'), lost('TOKEN', '/etc/old.env'), lost('TUNED', null, true)];
  const names = (changes: Parameters<typeof settings>[0]) =>
    lostSettings({ ...BEFORE, lost: all }, settings(changes)).map(({ name }) => name);
  assert.deepEqual(names({ strategy: 'restart' }), ['LOG_LEVEL', 'TOKEN']);
  assert.deepEqual(names({ strategy: 'overlap' }), ['LOG_LEVEL', 'TOKEN', 'TUNED']);
  assert.deepEqual(names({ strategy: 'restart', env: { LOG_LEVEL: 'info', TOKEN: 'x' } }), []);
  assert.equal(
    lostInWords([...all, ...Array.from({ length: 9 }, (_, at) => lost(`N${at}`))], 'shop.service'),
    'PATH, LOG_LEVEL, TUNED, N0, N1, N2, N3, N4 and 4 more of shop.service; TOKEN of /etc/old.env',
  );
});

test('an address is kept where the same port is asked, or every address of it', () => {
  const rows: [HandMade['listens'], boolean][] = [
    [[], true],
    [[BIND], true],
    [[OLD, BIND], true],
    [[{ host: '0.0.0.0', port: 8000 }], true],
    [[{ host: '::', port: 8000 }], true],
    [[OLD], false],
    [[{ host: '10.0.0.1', port: 8000 }], false],
    [[{ socket: '/run/shop.sock' }], false],
  ];
  for (const [listens, kept] of rows)
    assert.equal(keepsAddress(listens, BIND), kept, JSON.stringify(listens));
});

function refused(before: Partial<HandMade>, changes: Parameters<typeof settings>[0] = {}) {
  const facts: Inspection = { ...LIVE_AND_READY, live: null, handMade: { ...BEFORE, ...before } };
  const asked = { goesBack: false, fixForward: false, stopFirst: false, takesOver: false };
  const wanted = { service: 'shop', host: hostTarget('web1'), settings: settings(changes), ...asked };
  return refusalsOf(facts, wanted).map(({ message, advice }) => `${message} ${advice}`);
}

test('a deploy that would lose a setting of the old unit is refused, with the key that keeps it', () => {
  const one = [lost('DATABASE_URL', '/etc/shop.env')];
  assert.deepEqual(refused({ lost: one }, { envFiles: ['/etc/a.env'] }), [
    'The release would lose a setting of shop.service on web1: DATABASE_URL of /etc/shop.env. Write `envFiles: [/etc/a.env, /etc/shop.env]` in landfall.yaml, and run: landfall setup web1 --env <environment>.',
  ]);
  const [both] = refused({ lost: [...one, lost('API_KEY')] });
  assert.match(both ?? '', /^The release would lose 2 settings .*set secrets with: landfall env set/);
  assert.deepEqual(refused({ lost: [lost('LANG')] }), []);
});

test('a deploy away from the address that a proxy names is refused, and only noticed where none does', () => {
  assert.deepEqual(refused({ proxy: '/etc/nginx/sites-enabled/shop' }), [
    "/etc/nginx/sites-enabled/shop on web1 passes requests to 127.0.0.1:8077, where shop.service listens, and the release would listen on 127.0.0.1:8000. Write `bind: '127.0.0.1:8077'` in landfall.yaml, or name 127.0.0.1:8000 in that file first.",
  ]);
  assert.deepEqual(refused({ proxy: '/etc/nginx/sites-enabled/shop', listens: [BIND] }), []);
  assert.deepEqual(refused({}), []);
});

test('the notices say how the old unit was asked, and what changes for the service', () => {
  const told = (verified?: 'ready' | 'answers', before: Partial<HandMade> = {}) =>
    handMadeNotices(
      { ...BEFORE, ...before },
      {
        unit: 'shop.service',
        settings: settings({ strategy: 'overlap' }),
        bind: OLD,
        probe: { ...probe({ address: OLD }), verified },
      },
    );
  assert.deepEqual(told('ready'), []);
  assert.match(
    told('answers')[0] ?? '',
    /not ready at \/health\/ready: a rollback to it waits for any answer/,
  );
  assert.match(told()[0] ?? '', /answers no HTTP at 127\.0\.0\.1:8077/);
  assert.deepEqual(told('ready', { user: 'www-data', directives: ['LimitNOFILE'] }), [
    'shop.service runs as www-data, and the release as shop: give it the files that the service writes, or write the old user as user:',
    "the release's unit has no LimitNOFILE of shop.service: keep them with: systemctl edit --force shop@.service",
  ]);
});
