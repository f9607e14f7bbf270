import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { controllerIn } from '../../../src/config';
import { controllerText, parseController } from '../../../src/config/controller-address';

test('an address names a host, and perhaps a user and a port', () => {
  const of = (text: string) => {
    const parsed = parseController(text);
    return parsed && [parsed.user, parsed.host, parsed.port];
  };
  assert.deepEqual(of('ssh://ops'), [null, 'ops', null]);
  assert.deepEqual(of('ssh://landfall@ops.example.com:2222'), ['landfall', 'ops.example.com', 2222]);
  assert.deepEqual(of('ssh://landfall@[2001:db8::1]:22/'), ['landfall', '2001:db8::1', 22]);
  assert.deepEqual(of('ssh://192.0.2.7'), [null, '192.0.2.7', null]);
  for (const text of ['ssh://ops', 'ssh://a@ops:2222', 'ssh://[::1]:22'])
    assert.equal(controllerText(parseController(text) ?? assert.fail()), text);
});

test('no address can be an option of ssh, a command, or another address than it looks', () => {
  const refused = [
    ...['', 'ops', 'landfall@ops', 'https://ops', 'ssh://', 'ssh:///ops', 'ssh://ops/path', 'ssh://ops?x'],
    ...['ssh://-oProxyCommand=id', 'ssh://-l@ops', 'ssh://a@-ops', 'ssh://$(id)', 'ssh://`id`', 'ssh://o;id'],
    ...['ssh://a b@ops', 'ssh://ops\n', 'ssh://ops\nHost', 'ssh://a@b@c', 'ssh://ops%h', 'ssh://%d@ops'],
    ...[
      'ssh://ops:0',
      'ssh://ops:65536',
      'ssh://ops:22x',
      'ssh://::1',
      'ssh://[ops]',
      'ssh://1.2.3',
      'ssh://..',
    ],
  ];
  for (const text of refused) assert.equal(parseController(text), null, text);
});

test('a mistake elsewhere in landfall.yaml does not hide the controller', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-controller-in-'));
  const file = join(folder, 'landfall.yaml');
  const read = (text: string) => {
    writeFileSync(file, text);
    return controllerIn(file);
  };
  try {
    assert.equal(controllerIn(join(folder, 'none.yaml')), null);
    assert.equal(read('service: shop\n')?.host, undefined);
    assert.equal(read('servcie: shop\ncontroller: ssh://ops\n')?.host, 'ops');
    assert.throws(
      () => read('a: b\ncontroller: ops\n'),
      /landfall\.yaml:2:13: controller: allowed: ssh:\/\//,
    );
    assert.throws(() => read('controller: [ssh://ops]\n'), /controller: allowed/);
    assert.throws(() => read('a: [\n'), /landfall\.yaml/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
