import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failureOf } from '../../../src/deployment/failures';
import { loadKeys } from '../../../src/ssh/keys';

const folder = mkdtempSync(join(tmpdir(), 'landfall-keys-'));
after(() => rmSync(folder, { recursive: true }));

function key(name: string, passphrase = ''): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file]);
  return file;
}

function refusal(file: string): string {
  try {
    loadKeys([file], undefined);
  } catch (error) {
    const failure = failureOf(error);
    assert.equal(failure?.type, 'InvalidInput');
    return `${failure?.message} ${failure?.details.advice}`;
  }
  return assert.fail('the key was taken');
}

test('the given keys are offered in their order, then the agent', () => {
  const keys = loadKeys([key('first'), key('second')], '/run/agent');
  assert.deepEqual(keys.names, [join(folder, 'first'), join(folder, 'second'), 'the SSH agent']);
  assert.deepEqual(
    keys.methods('deploy').map((method) => typeof method === 'object' && method.type),
    ['none', 'publickey', 'publickey', 'agent'],
  );
});

test('a key with a passphrase is refused with the advice to use an agent', () => {
  assert.match(
    refusal(key('locked', 'secret words')),
    /locked cannot be used: it has a passphrase.*SSH agent/,
  );
});

test('a public key, something else and nothing are refused by name', () => {
  assert.match(refusal(`${key('pair')}.pub`), /pair\.pub cannot be used: it is a public key/);
  assert.match(refusal('/etc/hostname'), /hostname cannot be used: it is not a private key/);
  assert.match(refusal(join(folder, 'absent')), /absent cannot be used: it cannot be read/);
});

test('a key that other users may read is refused, as OpenSSH does; one that another owner mounted is not', () => {
  const open = key('open');
  chmodSync(open, 0o640);
  assert.match(refusal(open), /open cannot be used: other users may read it \(mode 640\).*chmod 600 .*open/);
  if (process.getuid?.() !== 0) return;
  chownSync(open, 65534, 65534);
  assert.deepEqual(loadKeys([open], undefined).names, [open]);
});

test('without given keys the usual ones are taken, and an unusable one is named as not offered', (t) => {
  const home = process.env.HOME;
  t.after(() => {
    process.env.HOME = home;
  });
  process.env.HOME = mkdtempSync(join(folder, 'home-'));
  execFileSync('mkdir', [join(process.env.HOME, '.ssh')]);
  const usual = (name: string) => join(process.env.HOME ?? '', '.ssh', name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', usual('id_ed25519')]);
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', usual('id_rsa')]);
  const keys = loadKeys([], undefined);
  assert.deepEqual(keys.names, [`not ${usual('id_ed25519')} (it has a passphrase)`, usual('id_rsa')]);
  assert.equal(keys.methods('deploy').length, 2);
});
