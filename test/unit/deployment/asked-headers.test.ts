import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../../src/contract/contract-types';
import { askedHeaders, askedHost } from '../../../src/deployment/asked-headers';
import { settings } from '../../harness/deploy-input';

const TCP: Address = { host: '10.0.0.5', port: 8000 };
const URL = { url: 'https://shop.example.com/health' };

/** The keys of readiness, the address, and the headers of a question within the server. */
const ROWS: [string, object, Address, Record<string, string>][] = [
  ['on TCP', {}, TCP, { Host: '10.0.0.5:8000' }],
  ['on IPv6', {}, { host: '::1', port: 8000 }, { Host: '[::1]:8000' }],
  ['on the port of HTTP, which no client writes', {}, { host: '10.0.0.5', port: 80 }, { Host: '10.0.0.5' }],
  ['on a unix socket', {}, { socket: '/run/shop.sock' }, { Host: 'localhost' }],
  ['with a host', { headers: { host: 'a.example' } }, TCP, { host: 'a.example' }],
  [
    'with other headers',
    { headers: { 'X-Forwarded-Proto': 'https' } },
    TCP,
    { Host: '10.0.0.5:8000', 'X-Forwarded-Proto': 'https' },
  ],
  ['behind a proxy', URL, TCP, { Host: 'shop.example.com', 'X-Forwarded-Proto': 'https' }],
  ['behind a proxy without TLS', { url: 'http://shop.internal:81/' }, TCP, { Host: 'shop.internal:81' }],
  [
    'behind a proxy, with own words',
    { ...URL, headers: { 'x-forwarded-proto': 'http', Host: 'b.example' } },
    TCP,
    { 'x-forwarded-proto': 'http', Host: 'b.example' },
  ],
];

for (const [name, changes, bind, headers] of ROWS)
  test(`a question within the server has the headers of the question from outside: ${name}`, () => {
    const readiness = { ...settings().readiness, ...changes };
    assert.deepEqual(askedHeaders(readiness, bind), headers);
    assert.equal(askedHost(readiness, bind), headers.Host ?? headers.host);
  });
