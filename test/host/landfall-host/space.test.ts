import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim, Verbs } from '../../../src/contract/contract-types';
import { ServiceHost } from './service-host';

const MB = 1 << 20;
const LAST_GOOD = '5-c0ffee1';
const RECORDS = '/var/lib/landfall/shop';

let shop: ServiceHost;
let claim: Claim;

/** Five releases of an earlier run with 12 MB each. The second was never good; 1 to 3 share an environment. */
before(async () => {
  shop = await ServiceHost.start();
  await shop.root(`set -e; cp -a /srv/shop /root/; mount -t tmpfs -o size=128m,nr_inodes=2000 tmpfs /srv/shop
    cp -a /root/shop/. /srv/shop/`);
  const earlier = (await shop.claimed('run-1'))(0);
  for (const each of ['1', '2', '3', '4', '5'])
    await shop.staged(earlier, `tree-${each}`, { 'data.bin': each.repeat(12 * MB) });
  await shop.root(`runuser -u deploy -- sh -ec 'for each in old new; do
      mkdir /srv/shop/venvs/$each; head -c ${4 * MB} /dev/zero > /srv/shop/venvs/$each/lib; done'
    python3 - <<'END'
import json
before = None
for number in range(1, 6):
    path = f'${RECORDS}/releases/{number}-c0ffee1.json'
    entry = json.load(open(path))
    entry['venv'] = 'old' if number < 4 else 'new'
    if number != 2:
        entry.update(good=f'2026-01-0{number}T00:00:00Z', before=before)
        before = entry['id']
    json.dump(entry, open(path, 'w'))
state = json.load(open('${RECORDS}/state.json'))
json.dump({**state, 'lastGood': before}, open('${RECORDS}/state.json', 'w'))
END`);
  claim = (await shop.claimed('run-2'))(0);
});
after(async () => {
  await shop.root('umount -l /srv/shop');
  await shop.stop();
});

const ask = (bytes: number, more: Partial<Verbs['make-space']['request']> = {}) =>
  shop.call('make-space', { claim, bytes, inodes: 10, environment: false, ...more });
const releases = async () => (await shop.root('ls -A /srv/shop/releases')).split('\n');
const environments = () => shop.root('ls -A /srv/shop/venvs');

test('nothing goes where there is space, nor where that would not be enough', async () => {
  assert.deepEqual(await ask(20 * MB).then(({ fits, again, removed }) => [fits, again, removed]), [
    true,
    false,
    null,
  ]);
  const { fits, again, removed, staying, neededBytes } = await ask(200 * MB);
  assert.deepEqual([fits, again, removed], [false, false, null]);
  assert.equal(staying.releases, 2, 'last good and the one before it');
  assert.ok(staying.bytes >= 28 * MB && staying.bytes < 30 * MB, `${staying.bytes}`);
  assert.ok(neededBytes > 200 * MB, 'with the reserve');
  assert.equal((await ask(MB, { inodes: 5_000 })).removed, null);
  assert.equal((await releases()).length, 5);
  const facts = await shop.call('inspect', { python: 'python3', address: null });
  assert.equal(facts.spare?.releases, 3);
  assert.ok((facts.spare?.bytes ?? 0) >= 40 * MB, JSON.stringify(facts.spare));
});

test('one release goes with each request, those that were never good first, with what only they need', async () => {
  const first = await ask(75 * MB);
  assert.deepEqual([first.fits, first.again, first.removed], [false, true, '2-c0ffee1']);
  assert.ok(first.removedBytes >= 12 * MB && first.removedBytes < 13 * MB, `${first.removedBytes}`);
  assert.deepEqual([(await ask(75 * MB)).removed, await environments()], ['1-c0ffee1', 'new\nold']);
  assert.equal((await ask(75 * MB)).fits, true);
  assert.deepEqual(await releases(), ['3-c0ffee1', '4-c0ffee1', LAST_GOOD]);
});

test('an environment as large as that of last good is counted too, and a release of this run stays', async () => {
  const own = await shop.staged(claim, 'tree-6', { 'data.bin': '6'.repeat(12 * MB) });
  assert.equal((await ask(64 * MB)).fits, true);
  const third = await ask(64 * MB, { environment: true, release: own });
  assert.deepEqual([third.removed, await environments()], ['3-c0ffee1', 'new']);
  assert.ok(third.removedBytes >= 16 * MB, 'with its environment');
  assert.equal((await ask(64 * MB, { environment: true, release: own })).fits, true);
  const last = await ask(100 * MB, { release: own });
  assert.deepEqual([last.fits, last.again, last.removed], [false, false, null]);
  assert.deepEqual(await releases(), ['4-c0ffee1', LAST_GOOD, own]);
});

test('a removal that was interrupted is ended before another release goes', async () => {
  await shop.root('runuser -u deploy -- mv /srv/shop/releases/6-c0ffee1 /srv/shop/releases/.trash-6-1');
  const answer = await ask(80 * MB, { environment: true });
  assert.deepEqual([answer.again, answer.removed], [true, null]);
  assert.deepEqual(await releases(), ['4-c0ffee1', LAST_GOOD]);
});
