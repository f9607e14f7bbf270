import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/config-error';
import { directoryIn } from '../../../src/config/in-place';
import { parseConfig } from '../../../src/config/load-config';

const SHORTEST =
  'service: shop\nrepository: /srv/git/shop.git\nenvironments: { production: { hosts: [web1] } }\n';

function settingsOf(more: string) {
  const environment = parseConfig('landfall.yaml', SHORTEST + more).environments.get('production');
  assert.ok(environment);
  const { layout, checkout, base, strategy } = environment.settings;
  return { layout, checkout, base, strategy };
}

function problemsOf(more: string): string[] {
  try {
    settingsOf(more);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ key, message }) => `${key}: ${message}`);
  }
  return [];
}

test('layout in-place alone says where the checkout is, where Landfall works, and how a release follows', () => {
  const layout = 'in-place';
  assert.deepEqual(settingsOf('layout: in-place\n'), {
    layout,
    checkout: '/srv/shop',
    base: '/srv/shop.landfall',
    strategy: 'restart',
  });
  assert.deepEqual(settingsOf('layout: in-place\ncheckout: /home/deploy/shop\nbase: /srv/landfall/shop\n'), {
    layout,
    checkout: '/home/deploy/shop',
    base: '/srv/landfall/shop',
    strategy: 'restart',
  });
});

const WRONG: Record<string, RegExp> = {
  'layout: in-place\nstrategy: overlap\n': /^strategy: found overlap; allowed with layout: in-place: restart/,
  'layout: in-place\nbase: /srv/shop\n': /^base: is or holds the checkout \/srv\/shop, or lies in it/,
  'layout: in-place\nbase: /srv/shop/landfall\n': /^base: is or holds the checkout/,
  'layout: in-place\nbuild: [make]\n': /^build: has no place with layout: in-place: .* Build in CI/,
  'layout: in-place\nshared: [uploads]\n': /^shared: has no place with layout: in-place/,
  'layout: in-place\npublic: [static]\n': /^public: has no place with layout: in-place/,
  'checkout: /srv/shop\n': /^checkout: is used with layout: in-place alone/,
  'layout: in-place\ncheckout: shop\n': /^checkout: found "?shop/,
};

for (const [more, expected] of Object.entries(WRONG))
  test(`refused: ${more.replaceAll('\n', ' ')}`, () => {
    const [first, second] = problemsOf(more);
    assert.match(first ?? '', expected);
    assert.equal(second, undefined);
  });

test('the service runs in its folder of the checkout; with releases, in its release', () => {
  const inPlace = { layout: 'in-place', checkout: '/srv/shop', strategy: 'restart' } as const;
  assert.equal(directoryIn(inPlace, null), '/srv/shop');
  assert.equal(directoryIn(inPlace, 'apps/web'), '/srv/shop/apps/web');
  assert.equal(directoryIn({ ...inPlace, layout: 'releases' }, 'apps/web'), null);
});
