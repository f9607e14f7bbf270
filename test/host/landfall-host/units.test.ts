import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { ServiceHost } from './service-host';
import { ALONE, releaseWith, unitOf } from './small-server';

let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let one: string;
let two: string;
/** Test hosts share one loopback, and a test here asks who listens on any address of this port. */
const port = 8010;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  // systemd accepts no such name.
  await shop.root("sed -i 's/^shop:/Web.Users (old):/' /etc/group");
  claim = await shop.claimed('run-1');
  one = await shop.staged(claim(0), 'one', releaseWith(ALONE));
  two = await shop.staged(claim(0), 'two', releaseWith(ALONE, { new: 'x' }));
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });
const unit = (release: string, env: Record<string, string> = {}) => unitOf(release, address(), { env });
const observe = () => shop.call('observe', { address: address() });
/** Once it runs with both of its workers. */
async function observed(release: string) {
  for (let tries = 0; tries < 200; tries++) {
    const now = await observe();
    const runs = now.release === release && now.active === 'active' && now.listener !== 'nobody';
    if (runs && now.workers.length === 2) return now;
  }
  throw new Error(`${release} never ran: ${JSON.stringify(await observe())}`);
}

test('a release that is not there has no unit', async () => {
  const unknown = await shop.refused('install-unit', { claim: claim(1), ...unit('9-abcdef0') });
  assert.match(unknown.message, /There is no release 9-abcdef0/);
  assert.equal(await shop.root('ls /run/systemd/system.control 2>/dev/null | wc -l'), '0');
});

const preview = (changes: object = {}) => {
  const { commit, process } = unit(two);
  return { commit, address: address(), process, alongside: false, ...changes };
};

test('a unit may be previewed without a claim, and its text and address are checked', async () => {
  const { diff, added } = await shop.call('preview-unit', preview());
  assert.ok(added > 10, diff);
  const elsewhere = { address: { socket: '/run/systemd/private2' }, alongside: true };
  const { message } = await shop.refused('preview-unit', preview(elsewhere));
  assert.match(message, /may not listen on \/run\/systemd\/private2/);
  assert.equal(
    await shop.root('ls -d /run/systemd/system.control/shop* /run/landfall/verify* 2>/dev/null | wc -l'),
    '0',
  );
});

test('a unit in force starts its release, and only that', async () => {
  const wanted = { claim: claim(1), ...unit(one, { PASSWORD: 'open sesame' }) };
  const installed = await shop.call('install-unit', wanted);
  assert.equal(installed.changed, true);
  assert.match(installed.diff, new RegExp(`\\+Environment=LANDFALL_RELEASE=${one}`));
  assert.match(installed.diff, /\+ {4}"PASSWORD=\*\*\*/);
  assert.doesNotMatch(installed.diff, /sesame/);
  assert.deepEqual(await shop.call('install-unit', wanted), {
    changed: false,
    added: 0,
    removed: 0,
    diff: '',
    warnings: [],
  });
  assert.equal((await observe()).listener, 'nobody');

  const wrong = await shop.refused('restart', { claim: claim(1), release: two });
  assert.match(wrong.message, new RegExp(`starts ${one}, not ${two}`));
  assert.match(
    (await shop.refused('restart', { claim: claim(1), release: null })).message,
    /a unit of the host's own/,
  );
  assert.deepEqual(await shop.call('restart', { claim: claim(1), release: one }), {
    did: 'restarted',
    before: '',
    dependents: [],
  });
  const live = await observed(one);
  assert.equal(live.listener, 'unit');
  assert.match(live.invocation, /^[0-9a-f]{32}$/);
  assert.equal(live.workers.length, 2);
  assert.equal(live.restarts, 0);
});

test('a repeated restart request does not restart again; the next change does', async () => {
  const before = await observed(one);
  const repeated = await shop.call('restart', { claim: claim(1, 2), release: one });
  assert.deepEqual(repeated, { did: 'already', before: '', dependents: [] });
  assert.equal((await observe()).invocation, before.invocation);
  const next = await shop.call('restart', { claim: claim(2), release: one });
  assert.deepEqual(next, { did: 'restarted', before: before.invocation, dependents: [] });
  let now = await observe();
  for (let tries = 0; tries < 100 && now.invocation === before.invocation; tries++) now = await observe();
  assert.notEqual(now.invocation, before.invocation);
  assert.equal((await shop.refused('restart', { claim: claim(1, 9), release: one })).type, 'Fenced');
});

test('a listener that is not the unit is told apart, on TCP and on a unix socket', async () => {
  await observed(one);
  const listen = (what: string) =>
    `systemd-run --quiet --unit=stranger python3 -c 'import socket,time; ${what}; s.listen(); time.sleep(300)'`;
  await shop.root(listen('s=socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 8001))'));
  await shop.root('until ss -ltn | grep -q 127.0.0.1:8001; do sleep 0.01; done');
  const at = async (where: { host: string; port: number } | { socket: string }) =>
    (await shop.call('observe', { address: where })).listener;
  assert.equal(await at({ host: '127.0.0.1', port: 8001 }), 'other');
  assert.equal(await at({ host: '0.0.0.0', port: 8001 }), 'other');
  assert.equal(await at({ host: '127.0.0.2', port: 8001 }), 'nobody');
  assert.equal(await at({ host: '0.0.0.0', port }), 'unit');
  await shop.root('systemctl stop stranger');
  await shop.root(listen('s=socket.socket(socket.AF_UNIX); s.bind("/run/stranger.sock")'));
  await shop.root('until ss -lx | grep -q /run/stranger.sock; do sleep 0.01; done');
  assert.equal(await at({ socket: '/run/stranger.sock' }), 'other');
  assert.equal(await at({ socket: '/run/shop/x.sock' }), 'nobody');
  await shop.root('systemctl stop stranger');
});

test('a probe asks as the deploying user and hides what must not leave', async () => {
  await observed(one);
  const ask = { address: address(), headers: { 'X-Test': 'yes' }, timeoutMilliseconds: 8000 };
  const ready = await shop.call('probe', { ...ask, path: '/health/ready' });
  assert.equal(ready.status, 200);
  assert.equal(ready.body, `${one} yes [redacted:TOKEN]`);
  assert.equal(ready.headers['x-token'], '[redacted:TOKEN]');
  const slow = await shop.call('probe', { ...ask, path: '/drip', timeoutMilliseconds: 300 });
  assert.deepEqual([slow.status, slow.error], [null, 'no answer within 300 ms']);
  const refused = await shop.call('probe', { ...ask, path: '/', address: { host: '127.0.0.1', port: 1 } });
  assert.match(refused.error ?? '', /refused/);
  const none = await shop.call('probe', { ...ask, path: '/', address: { socket: '/run/none.sock' } });
  assert.match(none.error ?? '', /No such file/);
});

test('evidence is the journal of exactly that start, redacted, and texts given back redacted', async () => {
  const before = await observed(one);
  const {
    journal,
    texts,
    unit: state,
  } = await shop.call('evidence', {
    invocation: before.invocation,
    texts: { answer: 'sekrit-token!', plain: 'nothing' },
  });
  assert.deepEqual(texts, { answer: '[redacted:TOKEN]!', plain: 'nothing' });
  assert.equal(state.invocation, before.invocation);
  assert.ok(
    journal.some((line) => line.endsWith(`: serving ${one} with [redacted:TOKEN]`)),
    journal.join('\n'),
  );
  assert.ok(
    journal.some((line) => /systemd\[1\]: Started/.test(line)),
    journal.join('\n'),
  );
  assert.ok(journal.every((line) => line.length <= 500 && !line.includes('sekrit')));
  const other = await shop.call('evidence', { invocation: '0'.repeat(32), texts: {} });
  assert.deepEqual(other.journal, []);
  const ssh = await shop.root('systemctl show ssh -p InvocationID --value');
  assert.notEqual(await shop.root(`journalctl _SYSTEMD_INVOCATION_ID=${ssh} -o cat | wc -l`), '0');
  const foreign = await shop.call('evidence', { invocation: ssh, texts: {} });
  assert.deepEqual(foreign.journal, [], "another unit's journal stays where it is");
  assert.ok((await shop.call('evidence', { invocation: null, texts: {} })).journal.length > 0);
});

test('an unproven unit is not the boot unit; a good one becomes it, and its processes stay untouched', async () => {
  const before = await observed(one);
  const facts = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(facts.boot, { release: null, enabled: false, foreign: false, instance: false });
  assert.deepEqual(facts.leftovers, []);
  assert.deepEqual(
    await shop.call('mark-good', { claim: claim(3), release: one, keep: 5, outcome: 'deployed' }),
    { pruned: [] },
  );
  assert.deepEqual(
    await shop.call('mark-good', { claim: claim(3, 2), release: one, keep: 5, outcome: 'deployed' }),
    {
      pruned: [],
    },
  );
  assert.equal((await observe()).invocation, before.invocation);
  const good = await shop.call('inspect', { python: 'python3', address: address() });
  assert.deepEqual(good.boot, { release: one, enabled: true, foreign: false, instance: false });
  assert.equal(good.lastGood, one);
  assert.ok(good.releases.find(({ id }) => id === one)?.good);
  assert.equal(
    await shop.root('readlink /srv/shop/current /srv/shop/last-good'),
    `releases/${one}\nreleases/${one}`,
  );
  assert.equal(await shop.root('ls -A /run/systemd/system.control'), '');

  claim = await shop.claimed('run-2');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('restart', { claim: claim(1), release: two });
  await observed(two);
  await shop.powerLoss();
  const back = await observed(one);
  assert.equal(back.listener, 'unit');
  const after = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(after.boot, { release: one, enabled: true, foreign: false, instance: false });
  assert.deepEqual(after.leftovers, ['/srv/shop/current does not lead to the live release']);
});

test('mark-good closes the claim; a run whose answer was lost may repeat it, or roll back', async () => {
  claim = await shop.claimed('run-2b');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('restart', { claim: claim(2), release: two });
  await observed(two);
  const owner = async () => (await shop.call('inspect', { python: 'python3', address: null })).claim;
  const good = (attempt: number) => ({
    claim: claim(3, attempt),
    release: two,
    keep: 5,
    outcome: 'deployed',
  });
  for (const attempt of [1, 2]) {
    await shop.call('mark-good', good(attempt));
    const { state, outcome } = (await owner()) ?? {};
    assert.deepEqual([state, outcome], ['closed', 'deployed']);
  }
  // Of an earlier attempt, of an earlier step, and of a run that was reset.
  const late = [
    good(1),
    { ...good(1), claim: claim(2, 9) },
    { ...good(3), claim: { ...claim(4), run: 'x' } },
  ];
  for (const request of late) assert.equal((await shop.refused('mark-good', request)).type, 'Fenced');
  assert.equal((await owner())?.state, 'closed');

  await shop.call('restore-unit', { claim: claim(4), to: 'before' });
  const { claim: open, lastGood } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual([open?.state, open?.outcome, lastGood], ['open', null, one]);
  await shop.call('restart', { claim: claim(5), release: one });
  await observed(one);
  await shop.call('finish', { claim: claim(5), outcome: 'rolled-back' });
  assert.match((await shop.refused('repair', { claim: claim(6) })).message, /closed as rolled-back/);
});

test('restore-unit restores the previous unit, also after a second install-unit', async () => {
  claim = await shop.claimed('run-3');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('install-unit', { claim: claim(2), ...unit(two, { LEVEL: 'other' }) });
  await shop.call('restart', { claim: claim(2), release: two });
  await observed(two);
  for (const attempt of [1, 2]) {
    assert.deepEqual(await shop.call('restore-unit', { claim: claim(3, attempt), to: 'before' }), {
      restored: true,
    });
  }
  await shop.call('restart', { claim: claim(4), release: one });
  await observed(one);
  assert.deepEqual((await shop.call('inspect', { python: 'python3', address: null })).leftovers, []);
});

test('restore-unit to boot leaves no override, and undoes an interrupted mark-good', async () => {
  claim = await shop.claimed('run-4');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.root('mv /run/systemd/system.control/shop.service /etc/systemd/system/shop.service');
  assert.deepEqual(await shop.call('restore-unit', { claim: claim(2), to: 'boot' }), { restored: true });
  const facts = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(facts.boot, { release: one, enabled: true, foreign: false, instance: false });
  assert.equal(
    (await shop.refused('mark-good', { claim: claim(3), release: two, keep: 5, outcome: 'deployed' })).type,
    // Another release runs.
    'CommandFailed',
  );
});

test('a unit that ran into its start limit can be restarted at once', async () => {
  claim = await shop.claimed('run-5');
  await shop.call('install-unit', { claim: claim(1), ...unit(two, { CRASH: 'yes' }) });
  await shop.call('restart', { claim: claim(1), release: two });
  await shop.root('until systemctl is-failed shop; do sleep 0.01; done');
  const failed = await observe();
  assert.deepEqual([failed.active, failed.exitStatus, failed.release], ['failed', 7, null]);
  assert.ok((failed.restarts ?? 0) >= 3);
  await shop.call('restore-unit', { claim: claim(2), to: 'before' });
  await shop.call('restart', { claim: claim(3), release: one });
  await observed(one);
});

test('an override without a process is reported and removed; a running one is left alone', async () => {
  claim = await shop.claimed('run-6');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  const { leftovers } = await shop.call('inspect', { python: 'python3', address: null });
  assert.deepEqual(leftovers, [
    `/run/systemd/system.control/shop.service is in force with release ${two}, which does not run`,
  ]);
  const before = await observe();
  claim = await shop.claimed('run-7');
  assert.deepEqual(await shop.call('repair', { claim: claim(0) }), { repaired: leftovers });
  assert.equal((await observe()).invocation, before.invocation);
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('restart', { claim: claim(1), release: two });
  await observed(two);
  claim = await shop.claimed('run-8');
  assert.deepEqual(await shop.call('repair', { claim: claim(0) }), { repaired: [] });
  await observed(two);
});

test('a hand-written unit is kept when a release becomes the boot unit', async () => {
  claim = await shop.claimed('run-9');
  await shop.root(
    `printf '[Service]\\nExecStart=/bin/sleep 1000\\n' > /etc/systemd/system/shop.service; systemctl daemon-reload`,
  );
  assert.equal((await shop.call('inspect', { python: 'python3', address: null })).boot.foreign, true);
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('mark-good', { claim: claim(2), release: two, keep: 5, outcome: 'deployed' });
  assert.match(await shop.root('cat /var/lib/landfall/shop/units/foreign-*'), /sleep 1000/);
  assert.deepEqual((await shop.call('inspect', { python: 'python3', address: null })).boot, {
    release: two,
    enabled: true,
    foreign: false,
    instance: false,
  });
});

test('old releases and unused environments are pruned, never the live or last good one', async () => {
  claim = await shop.claimed('run-10');
  const more: string[] = [];
  for (const index of [1, 2, 3, 4])
    more.push(await shop.staged(claim(0), `more-${index}`, { 'main.py': String(index) }));
  await shop.root('runuser -u deploy -- mkdir /srv/shop/venvs/0123456789abcdef');
  const { pruned } = await shop.call('mark-good', {
    claim: claim(1),
    release: two,
    keep: 2,
    outcome: 'deployed',
  });
  assert.deepEqual(pruned.sort(), [one, ...more.slice(0, 2), 'venvs/0123456789abcdef'].sort());
  assert.deepEqual(
    (await shop.root('ls /srv/shop/releases')).split('\n').sort(),
    [two, ...more.slice(2)].sort(),
  );
});

test('stop leaves a first deploy with nothing running and nothing enabled', async () => {
  await shop.root(`systemctl disable --now shop; rm /etc/systemd/system/shop.service; systemctl daemon-reload
    sed -i 's/"lastGood": "[^"]*"/"lastGood": null/' /var/lib/landfall/shop/state.json`);
  claim = await shop.claimed('run-11');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('restart', { claim: claim(1), release: two });
  await observed(two);
  for (const attempt of [1, 2])
    assert.deepEqual(await shop.call('stop', { claim: claim(2, attempt) }), { stopped: true });
  const facts = await shop.call('inspect', { python: 'python3', address: address() });
  assert.deepEqual(
    [facts.live.load, facts.live.active, facts.live.listener],
    ['not-found', 'inactive', 'nobody'],
  );
  assert.deepEqual(facts.boot, { release: null, enabled: false, foreign: false, instance: false });
});

test('stop ends a service whose unit file restore-unit has already taken away', async () => {
  claim = await shop.claimed('run-12');
  await shop.call('install-unit', { claim: claim(1), ...unit(two) });
  await shop.call('restart', { claim: claim(1), release: two });
  await observed(two);
  await shop.call('restore-unit', { claim: claim(2), to: 'before' });
  assert.equal((await observe()).active, 'active');
  assert.deepEqual(await shop.call('stop', { claim: claim(3) }), { stopped: true });
  assert.equal((await observe()).listener, 'nobody');
});
