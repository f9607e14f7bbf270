import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

const port = 8020;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let one: string;
let two: string;
let bad: string;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  one = await shop.staged(claim(0), 'one', releaseWith(BESIDE));
  two = await shop.staged(claim(0), 'two', releaseWith(BESIDE, { new: 'x' }));
  bad = await shop.staged(claim(0), 'bad', releaseWith(BESIDE, { refuse: 'x' }));
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });

const install = (release: string, seq: number) =>
  shop.call('install-instance', { claim: claim(seq), ...unitOf(release, address()) });

const start = (release: string, seq: number, attempt = 1) =>
  shop.call('start', {
    claim: claim(seq, attempt),
    release,
    address: address(),
    trial: true,
    waitMilliseconds: 5_000,
  });

const observe = (release: string | null = null) => shop.call('observe', { address: address(), release });

async function said(invocation: string): Promise<string> {
  const { journal } = await shop.call('evidence', {
    release: bad,
    invocation: invocation || null,
    texts: {},
  });
  return journal.join('\n');
}

async function whoAnswers(path = '/'): Promise<Set<string>> {
  const answers = new Set<string>();
  for (let n = 0; n < 20; n++)
    answers.add(await shop.root(`curl -s -m 3 http://${shop.host.address}:${port}${path}`));
  return answers;
}

test('systemd listens for a service on addresses of its own only', async () => {
  const elsewhere = async (where: { host: string; port: number } | { socket: string }) =>
    (await shop.refused('install-instance', { claim: claim(0), ...unitOf(one, where) })).message;
  assert.match(await elsewhere({ host: '127.0.0.1', port: 22 }), /Port 22 belongs to the system/);
  assert.match(
    await elsewhere({ socket: '/run/systemd/private2' }),
    /may not listen on \/run\/systemd\/private2 for this service/,
  );
  const own = `/run/landfall/services/shop/${one}/s`;
  assert.match(await elsewhere({ socket: own }), /Write `bind: unix:\/run\/shop\.sock`/);
  assert.match(await elsewhere({ host: 'localhost', port }), /must be an IP address/);
  assert.match(await elsewhere({ socket: '/run/shop/../sshd.sock' }), /plain absolute path/);
  assert.equal(await shop.root('ls /etc/systemd/system | grep -c shop || true'), '0');
});

test('a release starts on trial, on a socket that systemd opens for it, first to go when memory runs out', async () => {
  await install(one, 0);
  const { unit, state } = await start(one, 1);
  assert.equal(state, 'up');
  assert.equal(unit.unit, `shop@${one}.service`);
  assert.equal(unit.status, 'trial 1, token [redacted:TOKEN]');
  assert.equal((await observe(one)).listener, 'unit');
  assert.equal(await shop.root(`cat /proc/${unit.mainPid}/oom_score_adj`), '500');
  assert.deepEqual([...(await whoAnswers())], [one]);
  assert.deepEqual([...(await whoAnswers('/live'))], [`${one} waits serve`]);
});

test('a start that is repeated starts nothing twice', async () => {
  const before = await observe(one);
  const again = await start(one, 1, 2);
  assert.equal(again.state, 'up');
  assert.equal(again.unit.invocation, before.invocation);
  assert.equal(
    (
      await shop.refused('start', {
        claim: claim(0),
        release: one,
        address: address(),
        trial: true,
        waitMilliseconds: 0,
      })
    ).type,
    'Fenced',
  );
});

test('taking over ends the trial', async () => {
  assert.deepEqual(await shop.call('switch', { claim: claim(2), release: one }), {
    stopping: [],
    dependents: [],
  });
  const { mainPid } = await observe(one);
  assert.equal(await shop.root(`cat /proc/${mainPid}/oom_score_adj`), '0');
  assert.equal(await shop.root('ls /run/landfall/trials | wc -l'), '0');
  assert.deepEqual([...(await whoAnswers('/live'))], [`${one} live serve`]);
  assert.deepEqual(
    await shop.call('mark-good', { claim: claim(3), release: one, keep: 5, outcome: 'deployed' }),
    { pruned: [] },
  );
});

test('two share the socket until one takes over; an answer then is certain', async () => {
  await install(two, 3);
  assert.equal((await start(two, 4)).state, 'up');
  assert.equal((await observe(two)).listener, 'shared');
  assert.equal((await observe()).release, one, 'the alias unit still wants this one');
  await until(async () => (await whoAnswers('/live')).size === 2);
  const live = [`${one} live serve`, `${two} waits serve`];
  assert.deepEqual([...(await whoAnswers('/live'))].sort(), live, 'a process can read which release serves');
  const asked = '/run/asked-of-systemd';
  // The helper finds this program first.
  const shim = `#!/bin/sh\\necho "$1" >> ${asked}\\nexec /usr/bin/systemctl "$@"\\n`;
  await shop.root(
    `printf '%b' '${shim}' > /usr/local/sbin/systemctl; chmod 755 /usr/local/sbin/systemctl; rm -f ${asked}`,
  );
  const { stopping } = await shop.call('switch', { claim: claim(5), release: two });
  const verbs = await shop.root(`rm /usr/local/sbin/systemctl; cat ${asked}`);
  assert.deepEqual(
    verbs.split('\n'),
    ['show', 'show', 'daemon-reload', 'show', 'stop'],
    'systemd reads once',
  );
  assert.deepEqual(stopping, [`shop@${one}.service`]);
  await until(async () => (await observe(two)).listener === 'unit');
  assert.equal((await observe()).release, two);
  assert.deepEqual([...(await whoAnswers('/live'))], [`${two} live serve`]);
});

test('a reboot before it is good brings back what was', async () => {
  await shop.powerLoss();
  await until(async () => (await observe()).active === 'active');
  assert.equal((await observe()).release, one);
  assert.deepEqual([...(await whoAnswers())], [one]);
});

test('a reboot between the start of the new and the stop of the old does too', async () => {
  assert.equal((await start(two, 6)).state, 'up');
  await shop.powerLoss();
  await until(async () => (await observe()).active === 'active');
  assert.deepEqual([...(await whoAnswers())], [one]);
  assert.equal(await shop.root('ls /run/landfall/trials 2>/dev/null | wc -l'), '0');
});

test('what does not start is said at once, with its journal; the live one does not notice', async () => {
  await install(bad, 6);
  const { state, unit } = await start(bad, 7);
  assert.equal(state, 'failed');
  assert.equal(unit.exitStatus, 3);
  assert.match(await said(unit.invocation), /serve: refused trial/);
  assert.deepEqual([...(await whoAnswers())], [one]);
  assert.match((await shop.refused('switch', { claim: claim(8), release: bad })).message, /cannot take over/);
  await until(async () => (await shop.call('remove-instance', { claim: claim(9), release: bad })).stopped);
  assert.equal(await shop.root(`ls /etc/systemd/system | grep -c '${bad}' || true`), '0');
});

test('what it said is found, also when it had ended before journald could ask which start that was', async () => {
  await install(bad, 10);
  const journald = (signal: string) => shop.root(`systemctl kill -s ${signal} systemd-journald`);
  await journald('STOP');
  await shop.root(`systemctl start shop@${bad} || true`);
  await journald('CONT');
  const { invocation } = await observe(bad);
  assert.equal((await said(invocation)).match(/serve: refused live/g)?.length, 1);
  await until(async () => (await shop.call('remove-instance', { claim: claim(11), release: bad })).stopped);
});

test('a release that was left alongside the live one is found and repaired', async () => {
  assert.equal((await start(two, 12)).state, 'up');
  const next = await shop.claimed('run-2');
  const facts = await shop.call('inspect', { python: 'python3', address: address() });
  assert.deepEqual(facts.leftovers, [
    '/srv/shop/current does not lead to the live release', // since the reboot
    `release ${two} runs alongside the live one`,
  ]);
  assert.equal(facts.live.release, one);
  assert.ok((facts.liveMemoryBytes ?? 0) > 1_000_000);
  assert.deepEqual(facts.socket, { active: true, listens: `${shop.host.address}:${port}` });
  await shop.call('repair', { claim: next(0) });
  await until(async () => (await whoAnswers()).size === 1);
  const late = { claim: claim(13), release: two, address: address(), trial: true, waitMilliseconds: 0 };
  assert.equal((await shop.refused('start', late)).type, 'Fenced', 'the older run starts nothing any more');
  claim = next;
});

test('room is made, and the socket closed, as asked', async () => {
  await until(
    async () =>
      (await shop.call('make-room', { claim: claim(1), release: null, closeSocket: false })).stopped,
  );
  assert.equal((await observe()).listener, 'nobody', 'systemd alone listens');
  // A waiting connection is answered when a release starts.
  const waiting = shop.root(`curl -s -m 10 http://${shop.host.address}:${port}/`);
  assert.equal((await start(two, 2)).state, 'up');
  assert.equal(await waiting, two);
  await until(
    async () => (await shop.call('make-room', { claim: claim(3), release: null, closeSocket: true })).stopped,
  );
  assert.equal(await shop.root(`ss -ltn | grep -c ':${port} ' || true`), '0');
  const booting = await shop.root('cat /etc/systemd/system/shop.socket');
  assert.match(booting, new RegExp(`:${port}$`, 'm'), 'the boot unit still needs it');
});

test('an active alias unit without an instance does not prevent a start', async () => {
  assert.equal((await start(one, 6)).state, 'up');
  await shop.call('switch', { claim: claim(7), release: one });
  await until(async () => (await observe()).active === 'active');
  await shop.root(`systemctl stop shop.socket shop@${one}.service; systemctl start shop.service --no-block`);
  await shop.root(`systemctl stop shop.socket shop@${one}.service`);
  assert.equal((await start(two, 8)).state, 'up');
  assert.deepEqual([...(await whoAnswers())], [two]);
});

test('one that was restarted long ago is up all the same; one that was only told to start is not', async () => {
  await shop.call('switch', { claim: claim(9), release: two });
  const { mainPid } = await observe(two);
  await shop.root(`kill -9 ${mainPid}`);
  await until(async () => (await observe(two)).restarts === 1 && (await observe(two)).active === 'active');
  const back = { claim: claim(10), release: two, address: address(), trial: false, waitMilliseconds: 0 };
  assert.equal((await shop.call('start', back)).state, 'up');
});

test('a second setup finds nothing to do, also while releases run alongside each other', async () => {
  assert.equal((await start(one, 11)).state, 'up');
  const answer = await shop.setup({});
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(answer.result.changed, false);
});

test('nothing is left of it when it is stopped', async () => {
  await until(async () => (await shop.call('stop', { claim: claim(12) })).stopped);
  assert.equal((await observe()).active, 'inactive');
  assert.equal(await shop.root(`ss -ltn | grep -c ':${port} ' || true`), '0');
});
