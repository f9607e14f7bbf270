import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JobHost } from './job-request';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());

/** Another run takes the host, as the deploy after a rejected one does. */
async function nextClaim(): Promise<void> {
  host.claim = (await host.shop.claimed(`run-${host.claim.fence + 1}`))(0);
}
const kept = async () =>
  (await host.shop.root('ls /var/lib/landfall/shop/jobs')).split('\n').filter((name) => name !== '');
const units = () => host.shop.root("systemctl list-units --all --plain --no-legend 'landfall-job-*'");

test('many rejected deploys leave the records of the last two', async () => {
  for (let deploy = 0; deploy < 5; deploy++) {
    await host.job('pre-import', 'exit 1');
    if (deploy < 4) await nextClaim();
  }
  assert.deepEqual(await kept(), ['landfall-job-shop-4-pre-import-1', 'landfall-job-shop-5-pre-import-1']);
  assert.equal(await units(), '');
});

test('the run before may still ask how its job ended', async () => {
  await host.job('migrate', 'echo migrated');
  const asked = { fence: host.claim.fence, step: 'migrate', round: 1, waitMilliseconds: 0 };
  await nextClaim();
  const ended = await host.shop.call('job-wait', asked);
  assert.deepEqual([ended.result, ended.output], ['success', 'migrated\n']);
  await nextClaim();
  assert.equal((await host.shop.call('job-wait', asked)).state, 'absent');
});

test('claiming again with the same run leaves its own jobs alone', async () => {
  await host.job('own', 'sleep 300', { waitMilliseconds: 0 });
  await host.shop.claimed(`run-${host.claim.fence}`);
  assert.equal((await host.job('own', '', { waitMilliseconds: 0 })).state, 'running');
  await host.stop('own');
});

test('a unit of an older claim is swept although its record is gone', async () => {
  await host.shop.root('systemd-run --unit=landfall-job-shop-1-lost-0 sleep 300');
  await host.shop.root('systemd-run --wait --unit=landfall-job-shop-1-failed-0 false || true');
  await nextClaim();
  assert.equal(await units(), '');
});

test('many units that failed are reset in as few calls as one', async () => {
  const { claim, shop } = host;
  const fails = `systemd-run --quiet --unit=landfall-job-shop-${claim.fence}-failed`;
  // Found before the real one, by the helper alone.
  const counting = '#!/bin/sh\necho "$1" >> /tmp/calls\nexec /usr/bin/systemctl "$@"\n';
  await shop.root(
    `printf '%s' '${counting}' > /usr/local/sbin/systemctl; chmod 755 /usr/local/sbin/systemctl`,
  );
  const calls = async (units: number) => {
    await shop.root(`for round in $(seq ${units}); do ${fails}-$round false; done; : > /tmp/calls`);
    const failed = '/usr/bin/systemctl list-units --all --state=failed --plain --no-legend';
    await host.until(`[ $(${failed} 'landfall-job-shop-*-failed-*' | wc -l) = ${units} ]`);
    await nextClaim();
    assert.equal(
      await shop.root("/usr/bin/systemctl list-units --all --plain --no-legend 'landfall-job-*'"),
      '',
    );
    return shop.root('cat /tmp/calls');
  };
  const forOne = await calls(1);
  assert.match(forOne, /reset-failed/);
  assert.equal(await calls(30), forOne);
  await shop.root('rm /usr/local/sbin/systemctl');
});

test('jobs of services with a similar name are left alone', async () => {
  // Of shop-api, of shop-1 and of a service whose name continues with letters.
  const others = ['landfall-job-shop-api-1-x-0', 'landfall-job-shop-1-1-x-0', 'landfall-job-shop-1-a-1-x-0'];
  for (const name of others) {
    await host.shop.root(`systemd-run --unit=${name} sleep 300`);
    await host.shop.root(`mkdir -p /var/lib/landfall/shop-api/jobs/${name}`);
  }
  await nextClaim();
  await nextClaim();
  for (const name of others) {
    assert.equal(await host.shop.root(`systemctl is-active ${name}`), 'active');
    await host.shop.root(`[ -d /var/lib/landfall/shop-api/jobs/${name} ] && systemctl stop ${name}`);
  }
});
