import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { after, parseSshTarget, sshArguments } from '../../../src/ssh/system-ssh';

const TARGETS: [string, ReturnType<typeof parseSshTarget>][] = [
  ['ops', { host: 'ops', user: null, port: null }],
  ['deploy@ops.example.com', { host: 'ops.example.com', user: 'deploy', port: null }],
  ['root@10.0.0.7:2222', { host: '10.0.0.7', user: 'root', port: 2222 }],
  ['ssh://root@ops', { host: 'ops', user: 'root', port: null }],
  ['[2001:db8::7]:22', { host: '2001:db8::7', user: null, port: 22 }],
  ['', null],
  ['-oProxyCommand=evil', null],
  ['root@-v', null],
  ['ops:0', null],
  ['ops:70000', null],
  ['two words', null],
  ['a@b@c', null],
  ['ops;reboot', null],
];
for (const [written, target] of TARGETS) {
  test(`"${written}" is ${target === null ? 'not a machine' : 'a machine'}`, () => {
    assert.deepEqual(parseSshTarget(written), target);
  });
}

test("keys, user and port are left to a person's own configuration, and questions are allowed", () => {
  const target = { host: 'ops', user: null, port: null };
  const args = sshArguments(target, 'true', true, {});
  assert.deepEqual(args.slice(-3), ['--', 'ops', 'true']);
  assert.doesNotMatch(args.join(' '), /BatchMode|IdentitiesOnly|UserKnownHostsFile| -l | -p /);
});

test('keys and known hosts of the settings have precedence, and a script is never asked', () => {
  const env = { LANDFALL_SSH_KEY: '/k/one:/k/two', LANDFALL_KNOWN_HOSTS: '/k/known' };
  const args = sshArguments({ host: 'ops', user: 'root', port: 2222 }, 'true', false, env).join(' ');
  assert.match(
    args,
    /^-T -a -x -i \/k\/one -i \/k\/two -o BatchMode=yes .*-o IdentitiesOnly=yes -o UserKnownHostsFile=\/k\/known/,
  );
  assert.match(args, / -l root -p 2222 -- ops true$/);
});

test('what a login shell prints before the marker is left out, however the bytes arrive', async () => {
  const sent = Buffer.from('Welcome to ops!\nlandfall:x\n\u0001binary\nlandfall:x\nrest');
  for (const size of [1, 3, 7, sent.length]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < sent.length; at += size) chunks.push(sent.subarray(at, at + size));
    assert.equal(
      await text(Readable.from(chunks).pipe(after('landfall:x'))),
      '\u0001binary\nlandfall:x\nrest',
    );
  }
});
