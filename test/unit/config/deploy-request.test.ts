import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployInput, parseConfig } from '../../../src/config';
import { policyOf } from '../../../src/deployment/policy';

const config = parseConfig(
  'landfall.yaml',
  `service: shop
repository: git@github.com:acme/platform.git
path: services/shop
envFiles: [/etc/shop/env]
environments:
  staging: { hosts: [s1] }
  production: { hosts: [ci@web1, web2], batch: 2, user: web, unit: web.service, base: /opt/web }
`,
);
const asked = { by: 'ada', ciRun: '77/1', fixForward: false, takeOver: true };

test('a deploy input is complete plain JSON', () => {
  const input = deployInput(config, { ...asked, environment: 'production', ref: 'main' });
  assert.deepEqual(JSON.parse(JSON.stringify(input)), input);
  const { settings, hosts, ...rest } = input;
  assert.deepEqual(rest, {
    service: 'shop',
    environment: 'production',
    source: { ref: 'main' },
    repository: 'git@github.com:acme/platform.git',
    path: 'services/shop',
    batch: 2,
    ...asked,
  });
  assert.equal(settings.unit, 'web.service');
  assert.deepEqual(
    hosts.map((host) => host.name),
    ['web1', 'web2'],
  );
});

test('the release before the live one can be asked for instead of a ref', () => {
  const input = deployInput(config, { ...asked, environment: 'staging', previous: true });
  assert.deepEqual(input.source, { previous: true, soak: false });
});

test('an unknown environment is met with those that exist', () => {
  assert.throws(() => deployInput(config, { ...asked, environment: 'prodution', ref: 'main' }), {
    name: 'ConfigError',
    message:
      'landfall.yaml: environments: there is no environment prodution; did you mean production? (there is: staging, production)',
  });
  assert.throws(() => deployInput(config, { ...asked, environment: 'constructor', ref: 'main' }), {
    name: 'ConfigError',
  });
});

test('a ref that cannot be deployed from any repository is refused, with what to write', () => {
  for (const ref of [
    '',
    '-x',
    '--upload-pack=x',
    'a b',
    'a..b',
    'a:b',
    'a\nb',
    'refs/*',
    'HEAD~1',
    'pull/1/head',
  ]) {
    assert.throws(
      () => deployInput(config, { ...asked, environment: 'staging', ref }),
      /cannot be deployed: .*(write a branch, a tag or the full SHA|push it as a branch)/,
      ref,
    );
  }
  for (const ref of ['v1.2.3', 'feature/x', 'a'.repeat(40)]) {
    assert.deepEqual(deployInput(config, { ...asked, environment: 'staging', ref }).source, { ref });
  }
});

test('the policy is what root has to allow on that host', () => {
  const input = deployInput(config, { ...asked, environment: 'production', ref: 'main' });
  const [host] = input.hosts;
  assert.ok(host);
  assert.deepEqual(policyOf(input, host.user ?? ''), {
    service: 'shop',
    user: 'web',
    deployUser: 'ci',
    base: '/opt/web',
    envFiles: ['/etc/shop/env'],
    unit: 'web.service',
  });
});
