import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repositoryForRun } from '../../../../src/cli/up/repository';
import { isPlaceholder, isTarget, parseTarget, writtenHost } from '../../../../src/cli/up/target';
import { hostTarget } from '../../../harness/deploy-input';

test('a target is a machine with its administrator, and landfall.yaml gets the machine alone', () => {
  const rows: [string, string | null, string][] = [
    ['root@web1', 'root', 'web1'],
    ['web1.example.org', null, 'web1.example.org'],
    ['admin@203.0.113.7:2222', 'admin', '203.0.113.7:2222'],
    ['root@[::1]:22', 'root', '[::1]:22'],
    ['root@::1', 'root', '[::1]'],
  ];
  for (const [text, user, written] of rows) {
    const target = parseTarget(text);
    assert.deepEqual([target.user, writtenHost(target)], [user, written], text);
  }
});

test('a wrong target is refused with the form that is right', () => {
  for (const text of [
    '',
    '@web1',
    'root@',
    'root@web1@web2',
    '-o@web1',
    'root@-oProxyCommand=x',
    'web1:0',
    'a b',
  ])
    assert.throws(() => parseTarget(text), /is not a machine to log in to\.\nWrite it as USER@HOST/, text);
});

test('a target is a host of the environment by its name or its address', () => {
  const host = hostTarget('web1', { address: '10.0.0.5', port: 22 });
  const rows: [string, boolean][] = [
    ['root@web1', true],
    ['root@10.0.0.5', true],
    ['root@10.0.0.5:22', true],
    ['root@10.0.0.5:2222', false],
    ['root@10.0.0.6', false],
  ];
  for (const [text, expected] of rows) assert.equal(isTarget(host, parseTarget(text)), expected, text);
  assert.ok(isTarget({ ...host, port: null }, parseTarget('root@web1:2222')));
});

test('reserved names are placeholders', () => {
  for (const address of ['web1.example.com', 'example.org', 'shop.invalid'])
    assert.ok(isPlaceholder({ address }));
  for (const address of ['web1', 'example.com.acme.de', 'myexample.com', '10.0.0.5'])
    assert.ok(!isPlaceholder({ address }), address);
});

test('an engine on this machine reads the checkout itself, unless it is of another repository', () => {
  const root = '/home/ann/shop';
  const rows: [string, string | null, string][] = [
    ['git@github.com:acme/shop.git', null, root],
    ['git@github.com:acme/shop.git', 'https://ann:token@github.com/acme/shop', root],
    ['https://github.com/acme/shop', 'ssh://git@github.com:22/acme/shop.git', root],
    ['git@github.com:acme/shop.git', 'git@github.com:acme/deploys.git', 'git@github.com:acme/shop.git'],
    ['/home/ann/shop', 'git@github.com:acme/shop.git', root],
  ];
  for (const [written, remote, expected] of rows)
    assert.equal(repositoryForRun(written, { root, remote }), expected, `${written} ${remote}`);
  const path = { root: '/home/ann/my shop', remote: null };
  assert.equal(repositoryForRun('git@github.com:acme/shop.git', path), 'file:///home/ann/my%20shop');
});
