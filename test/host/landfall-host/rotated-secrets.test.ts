import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { until } from '../../harness/until';
import { ServiceHost } from './service-host';
import { ALONE, releaseWith, unitOf } from './small-server';

const port = 8063;
let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=first-token\\nGONE=other-secret\\n" > /etc/shop.env');
  claim = await shop.claimed('run-1');
  const release = await shop.staged(claim(0), 'one', releaseWith(ALONE));
  await shop.call('install-unit', { claim: claim(1), ...unitOf(release, address()) });
  await shop.call('restart', { claim: claim(2), release });
  await until(async () => (await shop.call('observe', { address: address() })).listener === 'unit');
});
after(() => shop.stop());

const address = () => ({ host: shop.host.address, port });

test('what the running process has is hidden also when the file has another value, or none', async () => {
  await shop.root('printf "TOKEN=second-token\\n" > /etc/shop.env');
  const texts = { lastAnswer: 'first-token second-token other-secret' };
  const { journal, texts: seen } = await shop.call('evidence', { invocation: null, texts });
  assert.equal(seen.lastAnswer, '[redacted:TOKEN] [redacted:TOKEN] [redacted:GONE]');
  assert.ok(
    journal.some((line) => line.endsWith(' with [redacted:TOKEN]')),
    journal.join('\n'),
  );
  const probe = { address: address(), path: '/', headers: {}, timeoutMilliseconds: 5_000 };
  const { body, headers } = await shop.call('probe', probe);
  assert.match(body, /\[redacted:TOKEN\]$/);
  assert.equal(headers['x-token'], '[redacted:TOKEN]');
  assert.doesNotMatch(await shop.root('cat /var/lib/landfall/shop/state.json'), /token|secret/);
});
