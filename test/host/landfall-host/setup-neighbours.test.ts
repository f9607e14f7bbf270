import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Policy } from '../../../src/contract/contract-types';
import { policy, ServiceHost } from './service-host';

let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
});
after(() => shop.stop());

const cart: Policy = {
  service: 'cart',
  user: 'cart',
  deployUser: 'deploy',
  base: '/srv/cart',
  envFiles: ['/etc/cart.env'],
  unit: 'cart.service',
};

async function refused(change: Partial<Policy>): Promise<string> {
  const answer = await shop.setup({ policy: { ...cart, ...change } });
  assert.equal(answer.ok, false, JSON.stringify(change));
  assert.equal(await shop.root('ls /etc/landfall; ls -A /srv'), 'shop.json\nshop');
  return answer.ok ? '' : answer.error.message;
}

test('a second service shares no directory, unit or user with the first', async () => {
  const has = 'of /etc/landfall/shop.json';
  assert.match(
    await refused({ base: policy.base }),
    new RegExp(`base /srv/shop is or holds the base /srv/shop ${has}`),
  );
  assert.match(await refused({ base: '/srv/shop/releases/cart' }), /or lies in it/);
  assert.match(
    await refused({ base: '/srv/shop/cart' }),
    new RegExp(`base /srv/shop/cart .*${has}, or lies in it`),
  );
  assert.match(
    await refused({ unit: 'shop.service' }),
    /the unit shop.service, with its instances and its socket, belongs to \/etc\/landfall\/shop.json/,
  );
  assert.match(await refused({ user: 'shop' }), /the user shop belongs to \/etc\/landfall\/shop.json/);
  assert.match(await refused({ user: 'deploy', deployUser: 'shipper' }), /the user deploy belongs to/);
  assert.match(await refused({ deployUser: 'shop' }), /deployUser shop is the service's user of/);
  assert.match(
    await refused({ envFiles: ['/srv/shop/cart.env'] }),
    /lies in the base \/srv\/shop of another service/,
  );
  await shop.root('mv /etc/landfall/shop.json /root && mkdir /srv/web && mv /srv/shop /srv/web/');
  await shop.root(`sed 's#/srv/shop#/srv/web/shop#' /root/shop.json > /etc/landfall/shop.json`);
  const nested = await shop.setup({ policy: { ...cart, base: '/srv/web' } });
  assert.match(
    nested.ok ? '' : nested.error.message,
    /base \/srv\/web is or holds the base \/srv\/web\/shop/,
  );
  await shop.root('mv /srv/web/shop /srv/ && rmdir /srv/web && mv /root/shop.json /etc/landfall/');
});

test('an unreadable policy refuses the setup, because its content is unknown', async () => {
  await shop.root('echo "{}" > /etc/landfall/other.json');
  const answer = await shop.setup({ policy: cart });
  assert.match(answer.ok ? '' : answer.error.message, /other.json is not valid, so its content is unknown/);
  await shop.root('rm /etc/landfall/other.json');
});

test('what a group can change above is refused by name, with what to do, and is not if that is root', async () => {
  for (const directory of [
    '/srv',
    '/etc',
    '/usr/local/lib',
    '/var/lib',
    '/etc/sudoers.d',
    '/etc/systemd/system',
    '/var/cache',
  ]) {
    await shop.root(
      `stat -c '%a %g' ${directory} > /tmp/mode; chgrp deploy ${directory}; chmod g+w ${directory}`,
    );
    const answer = await shop.setup({ policy: cart });
    assert.match(
      answer.ok ? '' : answer.error.message,
      new RegExp(`${directory}, above .*must be a directory that only root can change \\(.*chmod go-w`),
      directory,
    );
    await shop.root(`read mode group < /tmp/mode; chgrp $group ${directory}; chmod $mode ${directory}`);
  }
  await shop.root('chmod g+w /srv');
  assert.equal((await shop.setup({ policy: cart, apply: false })).ok, true);
  await shop.root('chmod g-w /srv');
});

test('of two setups at the same time that want the same, one is refused', async () => {
  const cafe = {
    ...cart,
    service: 'cafe',
    base: '/srv/cart/cafe',
    envFiles: [],
    user: 'cafe',
    unit: 'cafe.service',
  };
  const answers = await Promise.all([shop.setup({ policy: cart }), shop.setup({ policy: cafe })]);
  assert.deepEqual(answers.map(({ ok }) => ok).sort(), [false, true]);
});

test('several services share one deploying user', async () => {
  const blog = {
    ...cart,
    service: 'blog',
    base: '/srv/blog',
    envFiles: [],
    user: 'blog',
    unit: 'blog.service',
  };
  const answer = await shop.setup({ policy: blog });
  assert.ok(answer.ok, JSON.stringify(answer));
});
