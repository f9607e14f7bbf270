import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEffective } from '../../../../src/ssh/config/effective';
import { parseJumps } from '../../../../src/ssh/config/jumps';
import { expandCommand, expandPath } from '../../../../src/ssh/config/tokens';

const PRINTED = `host web1
user ada
hostname 10.0.0.5
port 2222
addressfamily inet6
identitiesonly yes
identityfile ~/.ssh/shop_%h
identityfile /keys/with blank
userknownhostsfile /home/ada/.ssh/known_hosts /home/ada/.ssh/known_hosts2
globalknownhostsfile none
certificatefile none
hostkeyalias shop-web1
identityagent none
connecttimeout 4
proxyjump ops@bastion:2200
`;

test('the settings that Landfall follows are read, and nothing else', () => {
  assert.deepEqual(parseEffective(PRINTED), {
    user: 'ada',
    hostname: '10.0.0.5',
    port: 2222,
    identityFiles: ['~/.ssh/shop_%h', '/keys/with blank'],
    identitiesOnly: true,
    identityAgent: 'none',
    certificateFiles: [],
    proxyJump: 'ops@bastion:2200',
    proxyCommand: null,
    hostKeyAlias: 'shop-web1',
    knownHostsFiles: ['/home/ada/.ssh/known_hosts', '/home/ada/.ssh/known_hosts2'],
    connectTimeoutSeconds: 4,
    family: 6,
  });
  const { proxyJump, connectTimeoutSeconds, family, port } = parseEffective(
    'proxyjump none\nconnecttimeout none\n',
  );
  assert.deepEqual([proxyJump, connectTimeoutSeconds, family, port], [null, null, null, 22]);
});

test('a list of jump hosts has users, ports and IPv6 addresses', () => {
  const jump = (host: string, user: string | null = null, port: number | null = null) => ({
    host,
    user,
    port,
  });
  const lists: [string, ReturnType<typeof parseJumps>][] = [
    ['bastion', [jump('bastion')]],
    ['ops@bastion:2200, inner', [jump('bastion', 'ops', 2200), jump('inner')]],
    ['ssh://ops@bastion.example.com:22', [jump('bastion.example.com', 'ops', 22)]],
    ['[2001:db8::1]:22', [jump('2001:db8::1', null, 22)]],
    ['2001:db8::1', [jump('2001:db8::1')]],
    ['-oProxyCommand=id', null],
    ['bastion;id', null],
    ['$(id)@bastion', null],
    ['', null],
  ];
  for (const [written, jumps] of lists) assert.deepEqual(parseJumps(written), jumps, written);
});

test('tokens stand for the login, and an unknown one stays', () => {
  const values = { written: 'web1', hostname: '10.0.0.5', port: 2222, user: 'ada' };
  assert.equal(expandCommand('nc -X %x %h %p %r %n 100%%', values), 'nc -X %x 10.0.0.5 2222 ada web1 100%');
  process.env.LANDFALL_TEST_KEYS = '/keys';
  assert.equal(expandPath(`$\{LANDFALL_TEST_KEYS}/%r@%h`, values), '/keys/ada@10.0.0.5');
  assert.match(expandPath('~/.ssh/id', values), /^\/.*[^~]\/\.ssh\/id$/);
  assert.equal(expandPath('/a~/b', values), '/a~/b');
});
