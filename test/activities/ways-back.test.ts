import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayBackTo, waysToAskLive } from '../../src/activities/ways-back';
import type { Asked, ClaimRecord, HostFacts } from '../../src/host/protocol';
import { hostTarget, settings } from '../support/deploy-input';
import { unit } from './unit-state';

const GOOD = '4-1a2b3c4';
const { readiness } = settings();
const NOW: Asked = { address: { host: '127.0.0.1', port: 8000 }, readiness };
const KEPT: Asked = { address: { host: '127.0.0.1', port: 7000 }, readiness: { ...readiness, path: '/old' } };
const LISTENS = { active: true, listens: '127.0.0.1:7000' };

/** GOOD runs, as an instance unless a test says otherwise. */
function facts(changes: Partial<HostFacts>): HostFacts {
  const live = unit({ unit: `shop@${GOOD}.service`, release: GOOD });
  const seen = { policy: { unit: 'shop.service' }, live, lastGood: GOOD, claim: null, socket: LISTENS };
  return { ...seen, asked: { [GOOD]: KEPT }, ...changes } as unknown as HostFacts;
}

const input = { service: 'shop', host: hostTarget('web1'), settings: settings() };
const ways = (changes: Partial<HostFacts> = {}) => waysToAskLive(input, facts(changes));
const atOf = (asked: Asked | undefined) => asked && { address: asked.address, readiness: asked.readiness };

test('what is live is asked as it was when it was found good, then as it is written now', () => {
  assert.deepEqual(ways().map(atOf), [KEPT, NOW]);
});

test('one way is asked once', () => {
  const same = { asked: { [GOOD]: NOW }, socket: { active: true, listens: '127.0.0.1:8000' } };
  assert.deepEqual(ways(same).map(atOf), [NOW]);
  assert.deepEqual(ways({ ...same, asked: {} }).map(atOf), [NOW], 'nothing was kept of it');
});

test('where systemd listens for it is where it is, also when nothing was kept or somebody moved it', () => {
  const elsewhere = { socket: { active: true, listens: '[::1]:9000' } };
  const address = { host: '::1', port: 9000 };
  assert.deepEqual(ways(elsewhere).map(atOf), [{ ...KEPT, address }, NOW]);
  assert.deepEqual(ways({ ...elsewhere, asked: undefined }).map(atOf), [{ ...NOW, address }, NOW]);
  const second = { socket: { active: true, listens: '/run/shop/extra.sock 127.0.0.1:7000' } };
  assert.deepEqual(ways(second).map(atOf), [KEPT, NOW], 'a second address is somebody else’s');
  assert.deepEqual(ways({ socket: { active: false, listens: '' } }).map(atOf), [KEPT, NOW]);
});

test('a unit that listens by itself is asked where it was found good, whatever systemd listens on', () => {
  const alone = { live: unit({ release: GOOD }), socket: { active: true, listens: '127.0.0.1:9000' } };
  assert.deepEqual(ways(alone).map(atOf), [KEPT, NOW]);
});

test('last good that an unfinished deploy has moved belongs where it was good, and nowhere else', () => {
  const claim = { state: 'open' } as ClaimRecord;
  const torn = { claim, socket: { active: true, listens: '127.0.0.1:8000' } };
  assert.deepEqual(ways(torn), [{ ...KEPT, moved: true }]);
  // Where it is in its place, an unfinished deploy has moved nothing; the proxy may have moved all the same.
  assert.deepEqual(ways({ claim }).map(atOf), [KEPT, NOW]);
  assert.deepEqual(ways({ claim, socket: { active: false, listens: '' } }).map(atOf), [KEPT, NOW]);
  // What was never good is where it is.
  const other = { ...torn, live: unit({ unit: 'shop@5-1.service', release: '5-1a2b3c4' }) };
  assert.deepEqual(ways(other).map(atOf), [NOW]);
});

test('settings that another version did not keep are as they are written now', () => {
  const { toleranceMs: _, ...kept } = KEPT.readiness;
  const asked = { [GOOD]: { ...KEPT, readiness: kept as Asked['readiness'] } };
  assert.equal(wayBackTo(GOOD, input, facts({ asked }))?.readiness.toleranceMs, 1_000);
  assert.equal(wayBackTo('1-aaaaaaa', input, facts({})), undefined);
  assert.equal(wayBackTo(null, input, facts({})), undefined);
});
