import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { test } from 'node:test';
import { failureOf } from '../../../src/deployment/failures';
import { ask } from '../../../src/http/ask';
import { allowedUrlsFrom, checkUrl, guardedLookup, refusalOf } from '../../../src/http/url-guard';

const NONE = allowedUrlsFrom(undefined);
const askFor = (url: string, allowed = NONE) => ask({ url, allowed, headers: {}, timeoutMs: 10_000 });

/** Every spelling of one URL counts as what it is. */
const REFUSED: [url: string, kind: RegExp][] = [
  ['http://169.254.169.254/latest/meta-data/', /link-local/],
  ['http://[fe80::1]/', /link-local/],
  ['http://[febf::1]/', /link-local/],
  ['http://[::ffff:169.254.169.254]/', /link-local/],
  ['http://[::ffff:a9fe:a9fe]/', /link-local/],
  ['http://[64:ff9b::169.254.169.254]/', /link-local/],
  ['http://2852039166/', /link-local/],
  ['http://0xa9.0xfe.43518/', /link-local/],
  ['http://127.0.0.1:7233/', /loopback/],
  ['https://127.9.9.9/', /loopback/],
  ['http://0.0.0.0:8233/', /loopback/],
  ['http://0/', /loopback/],
  ['http://0x7f.1/', /loopback/],
  ['http://017700000001/', /loopback/],
  ['http://[::1]:7233/', /loopback/],
  ['http://[::]/', /loopback/],
  ['http://[::127.0.0.1]/', /loopback/],
  ['http://[::ffff:127.0.0.1]/', /loopback/],
  ['http://[64:ff9b::127.0.0.1]/', /loopback/],
  ['http://[fd00:ec2::254]/', /metadata/],
  ['http://[fd20:ce::254]/', /metadata/],
  ['http://[fd00:c1::a9fe:a9fe]/', /metadata/],
  ['http://[fd00:42::42]/', /metadata/],
  ['http://100.100.100.200/', /metadata/],
  ['http://localhost:7233/', /loopback/],
  ['http://LOCALHOST/', /loopback/],
];

for (const [url, kind] of REFUSED) {
  test(`is not asked, and found before a deploy changes anything: ${url}`, async () => {
    const answer = await askFor(url);
    assert.equal(answer.status, null);
    assert.match(answer.error ?? '', kind);
    assert.match(answer.error ?? '', /LANDFALL_ALLOW_URLS=\S+:\d+ on the worker allows it/);
    const refusal = await checkUrl('readiness.url', url, NONE).then(() => null, failureOf);
    assert.equal(refusal?.type, 'InvalidInput');
    assert.match(refusal?.message ?? '', /^readiness\.url: /);
  });
}

test('other addresses are asked', () => {
  for (const address of [
    '8.8.8.8',
    '10.0.0.1',
    '192.168.1.1',
    '2001:db8::1',
    'fd00::1',
    '64:ff9b::808:808',
    '::ffff:8.8.8.8',
  ])
    assert.equal(refusalOf(address), null, address);
  assert.match(refusalOf('fe80::1%eth0') ?? '', /link-local/);
});

test('a name that leads to a refused address is not asked, whatever else it leads to', async () => {
  const url = new URL('http://localhost:1/');
  const look = (lookup: LookupFunction, all: boolean) =>
    new Promise((resolve) =>
      lookup('localhost', { all }, (error, address) => resolve(error?.message ?? address)),
    );
  for (const all of [true, false]) {
    assert.match(String(await look(guardedLookup(url, NONE), all)), /loopback/);
    assert.doesNotMatch(
      JSON.stringify(await look(guardedLookup(url, new Set(['localhost'])), all)),
      /loopback/,
    );
  }
  await checkUrl('soak.url', 'http://no-such-name.invalid/', NONE);
});

test('what the controller itself allows is asked: a host, or a host with one port', async (t) => {
  const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  for (const allowed of ['127.0.0.1', `127.0.0.1:${port}`, `x.example, 127.1:${port}`, ` 0x7f000001 `])
    assert.equal((await askFor(url, allowedUrlsFrom(allowed))).body, 'here', allowed);
  for (const allowed of ['127.0.0.2', `127.0.0.1:${port + 1}`, 'localhost', 'example.com'])
    assert.equal((await askFor(url, allowedUrlsFrom(allowed))).status, null, allowed);
  assert.equal(
    (await askFor(`http://localhost:${port}/`, allowedUrlsFrom(`LocalHost:${port}`))).body,
    'here',
  );
});

test('a redirect to a refused address is not followed', async (t) => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  assert.equal((await askFor(`http://127.0.0.1:${port}/`, new Set(['127.0.0.1']))).status, 302);
  assert.deepEqual(paths, ['/']);
});

test('a list that names no hosts is refused with what to write', () => {
  for (const wrong of ['http://127.0.0.1/', '127.0.0.1/x', 'a b@c', '::1', 'x:99999', '?'])
    assert.throws(() => allowedUrlsFrom(wrong), /LANDFALL_ALLOW_URLS has .*which is not a host/, wrong);
  assert.deepEqual([...allowedUrlsFrom('')], []);
  assert.deepEqual([...allowedUrlsFrom('a.example, [::1]:80,127.1')], ['a.example', '[::1]:80', '127.0.0.1']);
});
