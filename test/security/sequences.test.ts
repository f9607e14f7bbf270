import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chosen } from '../harness/random';
import { policy, ServiceHost } from '../host/landfall-host/service-host';
import { releaseWith, unitOf } from '../host/landfall-host/small-server';
import { anyWalk, CLAIM, HOLDS, JOB, problemsOf, type Request, walked } from './walk';

/** The deploying user may send any requests in any order: root's files stay root's. */
let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  const claim = await shop.claimed('run-1');
  for (const name of ['one', 'two', 'three']) await shop.staged(claim(0), name, releaseWith(HOLDS, { name }));
});
after(() => shop.stop());

const socket = { socket: '/run/shop.sock' };
const own = { socket: '/run/shop.run/shop.sock' };

test('the way from the deploy key to root that was reported: a socket that is given away by its path', async () => {
  const beside = { claim: CLAIM, ...unitOf('RELEASE-0', socket) };
  const alone = { claim: CLAIM, ...unitOf('RELEASE-1', own) };
  const start = { claim: CLAIM, release: 'RELEASE-0', trial: false, waitMilliseconds: 8_000 };
  const directory = '/srv/shop/releases/RELEASE-1';
  const asItWas = (more: string) =>
    `[Service]\nUser=shop\nGroup=shop\nWorkingDirectory=${directory}\nEnvironment=LANDFALL_RELEASE=RELEASE-1\n${more}ExecStart=${directory}/.venv/bin/python\n`;
  const room: Request = { verb: 'make-room', claim: CLAIM, release: null, closeSocket: true };
  const steps = await walked(
    shop,
    [
      { verb: 'install-instance', ...beside },
      { verb: 'start', ...start, address: socket },
      { verb: 'switch', claim: CLAIM, release: 'RELEASE-0' },
      { verb: 'mark-good', claim: CLAIM, release: 'RELEASE-0', keep: 5, outcome: 'deployed' },
      room,
      // A directory becomes the service's, and stays so when the unit no longer names it.
      { verb: 'install-unit', claim: CLAIM, release: 'RELEASE-1', text: asItWas('RuntimeDirectory=shop\n') },
      { verb: 'restart', claim: CLAIM, release: 'RELEASE-1' },
      { verb: 'install-unit', claim: CLAIM, release: 'RELEASE-1', text: asItWas('') },
      { verb: 'install-unit', ...alone },
      { verb: 'restart', claim: CLAIM, release: 'RELEASE-1' },
      { ...JOB, round: 1 },
      { verb: 'install-unit', ...alone, address: { host: shop.host.address, port: 8_080 } },
      room,
      // The boot unit wants the socket; systemd makes it, and would change the file at its path.
      { verb: 'restore-unit', claim: CLAIM, to: 'boot' },
      { verb: 'restart', claim: CLAIM, release: 'RELEASE-0' },
      { verb: 'start', ...start, address: own },
      { verb: 'start', ...start, address: socket },
      { verb: 'switch', claim: CLAIM, release: 'RELEASE-0' },
      { verb: 'restart', claim: CLAIM, release: 'RELEASE-0' },
    ],
    'replay',
  );
  assert.deepEqual(problemsOf(steps), []);
  const done = steps.map(({ answer }) => answer.ok);
  const [T, F] = [true, false];
  assert.deepEqual(
    done,
    [T, T, T, T, T, F, F, F, T, T, T, T, T, T, F, F, T, T, F],
    JSON.stringify(steps, null, 1),
  );
});

test('nothing of root’s changes hands in any sequence of requests, nor over a loss of power', async (t) => {
  const { random, rounds } = chosen(80);
  t.diagnostic(`LANDFALL_SEED=${random.seed} LANDFALL_ROUNDS=${rounds}`);
  // Root has allowed a place that Landfall itself makes for the service.
  const addresses = [
    `${shop.host.address}:8080`,
    'unix:/run/shop.sock',
    'unix:/run/shop.run/shop.sock',
    'unix:/run/shop/shop.sock',
  ];
  let done = 0;
  for (const pinned of [undefined, addresses]) {
    assert.ok((await shop.setup({ policy: { ...policy, ...(pinned && { addresses: pinned }) } })).ok);
    const steps = await walked(
      shop,
      anyWalk(random, shop.host.address, Math.ceil(rounds / 2)),
      `walk-${pinned}`,
    );
    assert.deepEqual(problemsOf(steps), []);
    done += steps.filter(({ answer }) => answer.ok).length;
    await shop.powerLoss();
    assert.deepEqual(
      problemsOf(await walked(shop, [{ verb: 'inspect', python: 'python3', address: null }], 'boot')),
      [],
    );
  }
  t.diagnostic(`${done} of ${rounds} were done`);
  assert.ok(done > rounds / 4, 'some have to be done, so that the others find something');
});
