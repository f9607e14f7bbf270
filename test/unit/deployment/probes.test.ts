import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketOf } from '../../../src/activities/observe/inspect-host';
import { keep, knownReleases, type Whose } from '../../../src/activities/observe/kept-release';
import type { ClaimRecord, HostFacts } from '../../../src/contract/contract-types';
import type { PlacedProbe, Probe } from '../../../src/deployment/model';
import { keptProbe, liveProbes } from '../../../src/deployment/probes';
import { hostTarget, settings } from '../../harness/deploy-input';
import { unit } from '../../harness/unit-state';

const GOOD = '4-1a2b3c4';
const COMMIT = '1a2b3c4'.padEnd(40, '0');
const KEY = Buffer.alloc(32, 1);
const OLD = settings({ readiness: { ...settings().readiness, path: '/old' } });
const NOW: Probe = { address: { host: '127.0.0.1', port: 8000 }, settings: settings() };
const KEPT: Probe = { address: { host: '127.0.0.1', port: 7000 }, settings: OLD };
const LISTENS = { active: true, listens: '127.0.0.1:7000' };

/** GOOD runs, as an instance unless a test says otherwise. */
function facts(changes: Partial<HostFacts>): HostFacts {
  const live = unit({ unit: `shop@${GOOD}.service`, release: GOOD });
  const seen = { policy: { unit: 'shop.service' }, live, lastGood: GOOD, claim: null, socket: LISTENS };
  const releases = [{ id: GOOD, commit: COMMIT }];
  return { ...seen, releases, kept: signed(KEPT), ...changes } as unknown as HostFacts;
}

const input = {
  service: 'shop',
  environment: 'production',
  host: hostTarget('web1'),
  settings: settings(),
};
const WHOSE = { service: 'shop', environment: 'production', host: 'web1', release: GOOD, commit: COMMIT };
function signed(kept: Probe, { key = KEY, ...whose }: { key?: Buffer } & Partial<Whose> = {}) {
  return { [GOOD]: keep(key, { ...WHOSE, ...whose }, kept) } as HostFacts['kept'];
}
const known = (seen: HostFacts) => knownReleases(KEY, input, seen);
const NOW_HERE = { address: input.host.bind, settings: input.settings };
const ways = (changes: Partial<HostFacts> = {}) => {
  const seen = facts(changes);
  return liveProbes(NOW_HERE, known(seen).kept, socketOf(seen), seen);
};
const atOf = ({ address, settings }: PlacedProbe) => ({ address, readiness: settings.readiness });
const asks = ({ address, settings }: Probe) => ({ address, readiness: settings.readiness });

test('what is live is asked as it was when it was found good, then as it is written now', () => {
  assert.deepEqual(ways().map(atOf), [KEPT, NOW].map(asks));
});

test('one way is asked once', () => {
  const same = { kept: signed(NOW), socket: { active: true, listens: '127.0.0.1:8000' } };
  assert.deepEqual(ways(same).map(atOf), [NOW].map(asks));
  assert.deepEqual(ways({ ...same, kept: {} }).map(atOf), [NOW].map(asks), 'nothing was kept of it');
});

test('the address where systemd listens counts, also without kept settings or after a move', () => {
  const elsewhere = { socket: { active: true, listens: '[::1]:9000' } };
  const address = { host: '::1', port: 9000 };
  assert.deepEqual(ways(elsewhere).map(atOf), [{ ...KEPT, address }, NOW].map(asks));
  assert.deepEqual(ways({ ...elsewhere, kept: {} }).map(atOf), [{ ...NOW, address }, NOW].map(asks));
  const second = { socket: { active: true, listens: '/run/shop/extra.sock 127.0.0.1:7000' } };
  assert.deepEqual(ways(second).map(atOf), [KEPT, NOW].map(asks), 'a second address is foreign');
  assert.deepEqual(ways({ socket: { active: false, listens: '' } }).map(atOf), [KEPT, NOW].map(asks));
});

test('a unit that listens by itself is asked where it was found good, whatever systemd listens on', () => {
  const alone = { live: unit({ release: GOOD }), socket: { active: true, listens: '127.0.0.1:9000' } };
  assert.deepEqual(ways(alone).map(atOf), [KEPT, NOW].map(asks));
});

test('last good that an abandoned deploy has moved belongs where it was good, and nowhere else', () => {
  const claim = { state: 'open' } as ClaimRecord;
  const torn = { claim, socket: { active: true, listens: '127.0.0.1:8000' } };
  assert.deepEqual(ways(torn), [{ ...KEPT, moved: true }]);
  // Where it is in its place, an abandoned deploy has moved nothing; the proxy may have moved all the same.
  assert.deepEqual(ways({ claim }).map(atOf), [KEPT, NOW].map(asks));
  assert.deepEqual(ways({ claim, socket: { active: false, listens: '' } }).map(atOf), [KEPT, NOW].map(asks));
  // A release that was never good is probed at its current address.
  const other = { ...torn, live: unit({ unit: 'shop@5-1.service', release: '5-1a2b3c4' }) };
  assert.deepEqual(ways(other).map(atOf), [NOW].map(asks));
});

test('what belongs to the release is as it was; what root allowed and how releases follow each other is as it is now', () => {
  const then = { app: 'old:app', python: 'python3.9', env: { A: '1' }, envFiles: ['/etc/shop/old'] };
  const ruled = {
    user: 'other',
    base: '/srv/other',
    unit: 'other.service',
    strategy: 'overlap',
    dependentUnits: 'leave',
    keepReleases: 9,
  } as const;
  const seen = facts({ kept: signed({ ...KEPT, settings: settings({ ...then, ...ruled }) }) });
  assert.deepEqual(keptProbe(GOOD, known(seen).kept, socketOf(seen))?.settings, settings(then));
});

test('what this controller has not signed for exactly that release counts for nothing, and is told', () => {
  const { [GOOD]: good } = signed(KEPT) as Record<string, { payload: string; signature: string }>;
  assert.ok(good);
  const other = JSON.parse(good.payload);
  other.settings.readiness.url = 'http://169.254.169.254/';
  const cases: [HostFacts['kept'], RegExp][] = [
    [{ [GOOD]: { ...good, payload: JSON.stringify(other) } }, /not signed/],
    [{ [GOOD]: { ...good, signature: '' } }, /not signed/],
    [{ [GOOD]: { ...good, signature: good.signature.toUpperCase().replace(/./, 'z') } }, /not signed/],
    [signed(KEPT, { key: Buffer.alloc(32, 2) }), /not signed/],
    [signed(KEPT, { service: 'other' }), /another release/],
    [signed(KEPT, { environment: 'staging' }), /another release/],
    [signed(KEPT, { host: 'web2' }), /another release/],
    [signed(KEPT, { release: '3-1a2b3c4' }), /another release/],
    [signed(KEPT, { commit: '0'.repeat(40) }), /another release/],
    [signed({ ...KEPT, address: { host: 'example.com', port: 80 } }), /another version/],
    [signed({ ...KEPT, settings: { ...OLD, app: 'a; b' } }), /another version/],
    [JSON.parse('{"__proto__": {"4-1a2b3c4": {"payload": "{}", "signature": ""}}}'), /^$/],
  ];
  for (const [kept, why] of cases) {
    const seen = facts({ kept });
    const { kept: counts, refused } = known(seen);
    assert.equal(counts.size, 0);
    assert.match([...refused.values()].join(), why);
    assert.deepEqual(ways({ kept, socket: { active: false, listens: '' } }).map(atOf), [NOW].map(asks));
  }
});

test('settings that are longer than a host keeps are not kept', () => {
  const env = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`A${at}`, 'x'.repeat(2000)]));
  assert.equal(keep(KEY, WHOSE, { ...KEPT, settings: settings({ env }) }), null);
});
