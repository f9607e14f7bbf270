import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesFrom, writeScript } from '../../../../src/controller/door/key-script';
import { withKey, withoutNamedKey } from '../../../../src/controller/door/keys';
import { parsePolicy } from '../../../../src/controller/door/policy';
import { namedKeys } from '../../../../src/controller/door/public-key';

const key = { type: 'ssh-ed25519', blob: `AAAAC3NzaC1lZDI1NTE5AAAAI${'a'.repeat(40)}` };
const other = { ...key, blob: `AAAAC3NzaC1lZDI1NTE5AAAAI${'b'.repeat(40)}` };
const operator = { operator: true, services: [], environments: [], commands: [] };
const limited = { operator: false, services: ['shop'], environments: ['production'], commands: ['deploy'] };
const shop = {
  name: 'shop',
  repository: 'git@github.com:acme/shop.git',
  path: null,
  environments: { production: { hosts: ['deploy@web1:22'] } },
};
const EMPTY = { authorizedKeys: '', policy: '' };

test('a key gets its line and its list, and a missing service its entry', () => {
  const first = { authorizedKeys: 'ssh-rsa AAAAforeign root\n', policy: '# by root\nkeys: {}\n' };
  const files = withKey(first, { name: 'ci', key, may: limited, services: [shop] });
  assert.match(files.authorizedKeys, /^ssh-rsa AAAAforeign root\nrestrict,command=/);
  assert.match(files.policy, /^# by root\n/);
  const { services, keys } = parsePolicy('p', files.policy);
  assert.deepEqual(keys.get('ci'), limited);
  assert.deepEqual(services?.get('shop')?.environments.get('production'), [
    { address: 'web1', port: 22, user: 'deploy' },
  ]);
  const both = withKey(files, { name: 'ada', key: other, may: operator, services: [] });
  assert.deepEqual(
    namedKeys(both.authorizedKeys).map(({ name }) => name),
    ['ci', 'ada'],
  );
  const gone = withoutNamedKey(both, 'ci');
  assert.deepEqual([...parsePolicy('p', gone.policy).keys.keys()], ['ada']);
  assert.equal(namedKeys(gone.authorizedKeys).length, 1);
  assert.ok(parsePolicy('p', gone.policy).services?.has('shop'));
});

test('a name gets a new key, and no key gets a second name', () => {
  const files = withKey(EMPTY, { name: 'ci', key, may: limited, services: [shop] });
  const renewed = withKey(files, { name: 'ci', key: other, may: operator, services: [] });
  assert.deepEqual(namedKeys(renewed.authorizedKeys), [{ name: 'ci', key: other }]);
  assert.deepEqual(parsePolicy('p', renewed.policy).keys.get('ci'), operator);
  const again = { name: 'ada', key, may: operator, services: [] };
  assert.throws(() => withKey(files, again), /there already, as ci\. Nothing was changed/);
  const foreign = { ...EMPTY, authorizedKeys: `ssh-ed25519 ${key.blob} root\n` };
  assert.throws(() => withKey(foreign, again), /in a line that is not of Landfall/);
  assert.throws(() => withKey(EMPTY, { ...again, may: { ...limited, commands: ['sh'] } }), /allowed: deploy/);
});

test('texts reach the script in base64 alone', () => {
  const hostile = { authorizedKeys: "x'; id #\n", policy: 'END\n$(id)\n' };
  const script = writeScript(EMPTY, hostile);
  assert.ok(!script.includes('$(id)') && !script.includes('; id #'));
  const said = [
    { name: 'authorized-keys', value: Buffer.from('a').toString('base64') },
    { name: 'policy', value: '' },
  ];
  assert.deepEqual(filesFrom(said), { authorizedKeys: 'a', policy: '' });
  assert.equal(filesFrom([]), null);
});
