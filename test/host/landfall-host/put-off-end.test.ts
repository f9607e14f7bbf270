import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { BESIDE, releaseWith, unitOf } from './small-server';

/** Serves on when it is told to end, and asks systemd for more time, again and again. */
const STAYS = BESIDE.replace(
  'signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))',
  `signal.signal(signal.SIGTERM, signal.SIG_IGN)
def more(*_):
    notify.sendto(b'EXTEND_TIMEOUT_USEC=60000000', os.environ['NOTIFY_SOCKET'])
signal.signal(signal.SIGALRM, more)
signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)`,
);

const port = 8064;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  await shop.root(
    `mkdir -p /etc/systemd/system/shop@.service.d
     printf '[Service]\\nTimeoutStopSec=1\\n' > /etc/systemd/system/shop@.service.d/quick.conf`,
  );
  claim = await shop.claimed('run-1');
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });

async function startAndSwitch(content: string, serve: string, seq: number): Promise<string> {
  const release = await shop.staged(claim(seq), content, releaseWith(serve));
  await shop.call('install-instance', { claim: claim(seq), ...unitOf(release, address()) });
  const fields = { claim: claim(seq), release, address: address(), trial: true, waitMilliseconds: 8_000 };
  assert.equal((await shop.call('start', fields)).state, 'up');
  await shop.call('switch', { claim: claim(seq + 1), release });
  return release;
}

const stateOf = (release: string) => shop.root(`systemctl is-active shop@${release}.service || true`);

test('a release that puts off its end is ended, and the next one is alone on the address', async () => {
  const stays = await startAndSwitch('stays', STAYS, 1);
  const next = await startAndSwitch('next', BESIDE, 3);
  const observe = () => shop.call('observe', { address: address(), release: next });
  assert.equal((await observe()).listener, 'shared');
  await until(async () => (await observe()).listener === 'unit');
  assert.notEqual(await stateOf(stays), 'deactivating');
});

test('room is made also where the release puts off its end', async () => {
  const stays = await startAndSwitch('stays again', STAYS, 5);
  const request = { claim: claim(7), release: null, closeSocket: true };
  await until(async () => (await shop.call('make-room', request)).stopped);
  assert.notEqual(await stateOf(stays), 'deactivating');
});
