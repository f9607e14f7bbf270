import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayReach, mayRead, refsOf, runRefusal } from '../../../../src/controller/door/pins';
import { parsePolicy } from '../../../../src/controller/door/policy';
import { readPolicy } from '../../../../src/controller/door/read-policy';

const TEXT = `services:
  shop:
    repository: git@github.com:acme/shop.git
    refs: [main, 'v*']
    environments:
      production: { hosts: [web1.example.com, deploy@web2.example.com:2222] }
  blog:
    repository: git@github.com:acme/mono.git
    path: services/blog
    environments: { production: { hosts: [web3.example.com] } }
keys:
  github-shop: { services: [shop], environments: [production], commands: [deploy, deploy --supersede] }
  ada@laptop: { operator: true }
`;
const policy = parsePolicy('policy.yaml', TEXT);
const bind = { host: '127.0.0.1', port: 8000 };
const host = (address: string, user: string | null = null, port: number | null = null) => ({
  name: 'web1.example.com',
  address,
  user,
  port,
  bind,
});

test('a run goes to the hosts of its environment, from the repository and the folder of its service', () => {
  const wanted = {
    service: 'shop',
    environment: 'production',
    hosts: [host('web1.example.com'), host('web2.example.com', 'deploy', 2222)],
    repository: 'git@github.com:acme/shop.git',
    path: null,
  };
  assert.equal(runRefusal(policy, wanted), null);
  const rows: [change: object, says: RegExp][] = [
    [{ service: 'pay' }, /has no services\.pay\./],
    [{ environment: 'staging' }, /has no services\.shop\.environments\.staging\./],
    // The name is as in the policy: the machine behind it counts.
    [
      { hosts: [host('evil.example.com')] },
      /web1\.example\.com \(evil\.example\.com\) is not in services\.shop/,
    ],
    [{ hosts: [host('web1.example.com', 'root')] }, /\(root@web1\.example\.com\) is not in/],
    [{ hosts: [host('web1.example.com', null, 23)] }, /\(web1\.example\.com:23\) is not in/],
    [{ hosts: [host('web1.example.com'), host('web3.example.com')] }, /web3\.example\.com\) is not in/],
    [{ repository: 'https://evil.example.com/shop.git' }, /not services\.shop\.repository/],
    [{ path: 'services/blog' }, /path: in landfall\.yaml is not services\.shop\.path/],
  ];
  for (const [change, says] of rows) assert.match(runRefusal(policy, { ...wanted, ...change }) ?? '', says);
  assert.equal(runRefusal({ services: null, keys: new Map() }, { ...wanted, service: 'any' }), null);
  assert.match(runRefusal(parsePolicy('p', 'services: {}'), wanted) ?? '', /has no services\.shop/);
});

test('what a step reaches and reads is of some service, and refs are those of the service', () => {
  assert.equal(mayReach(policy, host('web3.example.com')), true);
  assert.equal(mayReach(policy, host('web4.example.com')), false);
  assert.equal(mayReach(policy, host('web3.example.com', 'root')), false);
  assert.equal(mayRead(policy, 'git@github.com:acme/mono.git'), true);
  assert.equal(mayRead(policy, '/etc'), false);
  assert.deepEqual(refsOf(policy, 'shop', 'git@github.com:acme/shop.git'), ['main', 'v*']);
  assert.equal(refsOf(policy, 'blog', 'git@github.com:acme/mono.git'), null);
  assert.deepEqual(refsOf(policy, 'shop', 'git@github.com:acme/mono.git'), []);
});

test('a policy with a mistake allows nothing, and says where the mistake is', () => {
  const rows: [text: string, says: RegExp][] = [
    ['servces: {}', /servces|[Uu]nrecognized/],
    ['services: { shop: { repository: shop } }', /services\.shop/],
    ['keys: { ci: { commands: [shell] } }', /keys\.ci\.commands\.0: allowed: deploy, deploy --supersede/],
    ['keys: { ci: { operators: true } }', /keys\.ci/],
    ["keys: { 'a b': { operator: true } }", /names such as github-shop/],
    ["keys: { 'a\"; id': { operator: true } }", /names such as github-shop/],
    ['services: [', /policy\.yaml:1/],
    [
      "services: { shop: { repository: /srv/x.git, refs: ['^main'], environments: {} } }",
      /branches and tags/,
    ],
    ['services: { shop: { repository: /srv/x.git, refs: [], environments: {} } }', /refs/],
  ];
  for (const [text, says] of rows) assert.throws(() => parsePolicy('policy.yaml', text), says, text);
  assert.throws(() => readPolicy('/nowhere/policy.yaml'), { type: 'InvalidInput' });
  assert.equal(readPolicy(null).services, null);
  assert.deepEqual([...parsePolicy('p', '').keys], []);
});

test('a host is the same in every spelling of its address, and never with another user or port', () => {
  const hosts = JSON.stringify(['WEB1.Example.com', '[2001:db8::1]']);
  const spelt = parsePolicy(
    'p',
    `services: {shop: {repository: git@github.com:acme/shop.git, environments: {production: {hosts: ${hosts}}}}}`,
  );
  for (const address of ['web1.example.com', '2001:DB8:0:0::1'])
    assert.ok(mayReach(spelt, host(address)), address);
  // Left out, they are as the controller's SSH configuration says, and a commit must not go around it.
  for (const other of [host('web1.example.com', 'deploy'), host('web1.example.com', null, 22)])
    assert.equal(mayReach(spelt, other), false);
});
