import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hasBlob,
  keyLine,
  namedKeys,
  parsePublicKey,
  withoutKey,
} from '../../../../src/controller/door/public-key';

const blobOf = (type: string, filler = 7) => {
  const name = Buffer.alloc(4 + type.length);
  name.writeUInt32BE(type.length);
  name.write(type, 4);
  return Buffer.concat([name, Buffer.alloc(40, filler)]).toString('base64');
};
const ED = `ssh-ed25519 ${blobOf('ssh-ed25519')}`;

test('one plain public key is read, and nothing that would be a right', () => {
  assert.deepEqual(parsePublicKey(`${ED} ada@laptop\n`), {
    type: 'ssh-ed25519',
    blob: blobOf('ssh-ed25519'),
  });
  assert.equal(parsePublicKey(`# a comment\n\n${ED}\n`)?.type, 'ssh-ed25519');
  const refused = [
    ...[
      '',
      'ssh-ed25519',
      'ssh-ed25519 AAAA',
      `command="id" ${ED}`,
      `restrict ${ED}`,
      `cert-authority ${ED}`,
    ],
    ...[`${ED}\n${ED}`, `ssh-dss ${blobOf('ssh-dss')}`, `ssh-rsa ${blobOf('ssh-ed25519')}`],
    ...[
      `ssh-ed25519-cert-v01@openssh.com ${blobOf('ssh-ed25519-cert-v01@openssh.com')}`,
      '-----BEGIN OPENSSH PRIVATE KEY-----',
    ],
    ...[`ssh-ed25519 ${blobOf('ssh-ed25519').slice(0, 20)}"x`],
  ];
  for (const text of refused) assert.equal(parsePublicKey(text), null, text);
});

test('a line has one command, no forwarding and no text of the client', () => {
  const key = parsePublicKey(`${ED} $(id)"; evil`) ?? assert.fail();
  assert.equal(
    keyLine('github-shop', key),
    `restrict,command="exec /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/var/lib/landfall-controller \\"SSH_ORIGINAL_COMMAND=$SSH_ORIGINAL_COMMAND\\" /opt/landfall-controller/current/bin/landfall door github-shop" ${ED} github-shop`,
  );
  for (const name of ['', 'a b', 'a"', 'a;id', '-x', '$x', 'a\nb', '../x'])
    assert.throws(() => keyLine(name, key), name);
});

test('a key is found and removed by its name, and foreign lines stay', () => {
  const key = parsePublicKey(ED) ?? assert.fail();
  const other = { type: 'ssh-ed25519', blob: blobOf('ssh-ed25519', 9) };
  const file = `# by hand\nssh-ed25519 AAAAforeign root\n${keyLine('ci', key)}\n${keyLine('ci-2', other)}\n`;
  assert.deepEqual(namedKeys(file), [
    { name: 'ci', key },
    { name: 'ci-2', key: other },
  ]);
  assert.equal(
    withoutKey(file, 'ci'),
    `# by hand\nssh-ed25519 AAAAforeign root\n${keyLine('ci-2', other)}\n`,
  );
  assert.equal(withoutKey(file, 'root'), file);
  assert.equal(hasBlob(file, key), true);
  assert.equal(hasBlob(withoutKey(file, 'ci'), key), false);
});
