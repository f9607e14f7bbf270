import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBind, parseSshAddress } from '../../../src/config/address';

test('an address to listen on is an IP address with a port, or a socket', () => {
  assert.deepEqual(parseBind('0.0.0.0:80'), { host: '0.0.0.0', port: 80 });
  assert.deepEqual(parseBind('[::1]:8000'), { host: '::1', port: 8000 });
  assert.deepEqual(parseBind('unix:/run/shop.sock'), { socket: '/run/shop.sock' });
  const long = `unix:/run/${'x'.repeat(104)}`;
  for (const text of [
    '8000',
    ':8000',
    '127.0.0.1',
    '::1:8000',
    '[127.0.0.1]:1',
    '300.0.0.1:1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    'unix:shop.sock',
    'unix:/run/../x',
    'unix:/var/tmp/x',
    long,
  ]) {
    assert.equal(parseBind(text), null, text);
  }
});

test('hosts are written as ssh writes them', () => {
  assert.deepEqual(parseSshAddress('web1'), { address: 'web1', user: null, port: null });
  assert.deepEqual(parseSshAddress('deploy@web1:2222'), { address: 'web1', user: 'deploy', port: 2222 });
  assert.deepEqual(parseSshAddress('deploy@[::1]:22'), { address: '::1', user: 'deploy', port: 22 });
  assert.deepEqual(parseSshAddress('fe80::1'), { address: 'fe80::1', user: null, port: null });
  for (const text of [
    '',
    '@web1',
    'web1:',
    'web1:0',
    'a b',
    'a@b@c',
    '[web1]:22',
    '-web',
    'web1;x',
    '10.0.0',
    'root@web1',
    'deploy:pw@web1',
  ]) {
    assert.equal(parseSshAddress(text), null, text);
  }
});
