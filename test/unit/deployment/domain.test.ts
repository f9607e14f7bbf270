import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostTarget } from '../../../src/config/deploy-input';
import type { HostFacts } from '../../../src/contract/contract-types';
import { domainWarnings } from '../../../src/deployment/domain';
import { hostTarget } from '../../harness/deploy-input';

const DOMAIN: NonNullable<HostTarget['domain']> = {
  names: ['shop.example.com'],
  proxy: null,
  listen: null,
  acme: { directory: null, email: null, ca: null },
  certificate: null,
};
const FILE: HostFacts['proxy'] = {
  kind: 'caddy',
  file: '/etc/caddy/landfall/shop.caddy',
  names: ['shop.example.com'],
  passesTo: '127.0.0.1:8000',
};

const CASES: [name: string, host: Partial<HostTarget>, proxy: HostFacts['proxy'], said: RegExp | null][] = [
  ['neither a domain nor a file', {}, undefined, null],
  ['the file that landfall.yaml asks for', { domain: DOMAIN }, FILE, null],
  [
    'every address, asked on the loopback',
    { domain: DOMAIN, bind: { host: '0.0.0.0', port: 8000 } },
    FILE,
    null,
  ],
  [
    'no file',
    { domain: DOMAIN },
    undefined,
    /^No proxy serves shop\.example\.com: .* Run: landfall setup web1/,
  ],
  [
    'no domain any more',
    {},
    FILE,
    /shop\.caddy serves shop\.example\.com, and landfall\.yaml has no `domain:`/,
  ],
  [
    'another name',
    { domain: { ...DOMAIN, names: ['www.example.com'] } },
    FILE,
    /serves shop\.example\.com, and landfall\.yaml says www\.example\.com/,
  ],
  [
    'another address',
    { domain: DOMAIN, bind: { socket: '/run/shop.sock' } },
    FILE,
    /passes requests to 127\.0\.0\.1:8000, and the service listens on unix:\/run\/shop\.sock/,
  ],
];
for (const [name, host, proxy, said] of CASES) {
  test(`a domain with ${name}`, () => {
    const [warning, ...more] = domainWarnings(hostTarget('web1', host), proxy);
    assert.deepEqual(more, []);
    if (said === null) assert.equal(warning, undefined);
    else assert.match(warning ?? '', said);
  });
}
