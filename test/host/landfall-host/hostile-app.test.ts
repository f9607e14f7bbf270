import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim, UnitState } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { ALONE, releaseWith, unitOf } from './small-server';

/** Begins again, in the same process, with an environment that names another release. */
const lying = ALONE.replace(
  'class Answer',
  `if 'LIE' not in os.environ:
    os.execve(sys.argv[0], sys.argv, dict(os.environ, LIE='1', LANDFALL_RELEASE='9-1234567'))
class Answer`,
);

/** Leaves its listener to one of very many processes, all of which have very many open files. */
const endless = `#!/usr/bin/python3
import os, signal, socket, sys
name, port = sys.argv[sys.argv.index('--bind') + 1].rsplit(':', 1)
listener = socket.create_server((name, int(port)))
pairs = [socket.socketpair() for _ in range(450)]
hidden = os.dup2(listener.fileno(), 950)
listener.close()
for last in [False] * 180 + [True]:
    if os.fork() == 0:
        if not last:
            os.close(hidden)
        break
else:
    os.close(hidden)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
while True:
    signal.pause()
`;

const port = 8062;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });
const observe = () => shop.call('observe', { address: address() });

/** The first look that fits. */
async function observedWhen(fits: (unit: UnitState) => boolean): Promise<UnitState> {
  let unit = await observe();
  await until(async () => {
    unit = await observe();
    return fits(unit);
  });
  return unit;
}

async function install(content: string, program: string, seq: number): Promise<string> {
  const release = await shop.staged(claim(seq), content, releaseWith(program));
  await shop.call('install-unit', { claim: claim(seq), ...unitOf(release, address()) });
  return release;
}

async function serve(content: string, program: string, seq: number): Promise<string> {
  const release = await install(content, program, seq);
  await shop.call('restart', { claim: claim(seq), release });
  return release;
}

test('a process that says it is of another release is of the one that systemd started', async () => {
  const release = await serve('lying', lying, 1);
  const unit = await observedWhen(({ listener }) => listener === 'unit');
  const environment = await shop.root(`tr '\\0' '\\n' < /proc/${unit.mainPid}/environ`);
  assert.match(environment, /^LANDFALL_RELEASE=9-1234567$/m);
  assert.equal(unit.release, release);
  const { live } = await shop.call('inspect', { python: 'python3', address: address() });
  assert.equal(live.release, release);
});

test('a start stays of its release while the unit has got another text already, and has lost it', async () => {
  const before = await observe();
  const next = await install('next', ALONE, 2);
  assert.equal((await observe()).release, before.release);
  await shop.call('restore-unit', { claim: claim(3), to: 'before' });
  assert.equal((await observe()).release, before.release);
  await shop.call('install-unit', { claim: claim(4), ...unitOf(next, address()) });
  await shop.call('restart', { claim: claim(5), release: next });
  const unit = await observedWhen(
    ({ invocation, mainPid }) => invocation !== before.invocation && mainPid !== 0,
  );
  assert.equal(unit.release, next);
});

test('of an app without end what cannot be looked at is unknown, and it can be replaced', async () => {
  const release = await serve('endless', endless, 6);
  const all = () => shop.root('ls -d /proc/[0-9]*/fd/40 2>/dev/null | wc -l');
  await until(async () => Number(await all()) >= 182);
  const unit = await observe();
  assert.equal(unit.listener, 'unknown');
  assert.equal(unit.release, release);
  const facts = await shop.call('inspect', { python: 'python3', address: address() });
  assert.equal(facts.live.listener, 'unknown');
  assert.equal(facts.holder, null);
  const next = await serve('after', ALONE, 7);
  const now = await observedWhen(({ listener }) => listener === 'unit');
  assert.equal(now.release, next);
});
