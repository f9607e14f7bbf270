import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Policy } from '../../../src/contract/contract-types';
import { installPython, pythonInstall } from '../../../src/host-agent/python-package';
import { startHost } from '../../harness/hosts';
import { connectionsTo, failsWith, targetOf } from '../ssh/access';
import { policy, ServiceHost } from './service-host';

let shop: ServiceHost;
before(async () => {
  shop = new ServiceHost(await startHost());
});
after(() => shop.stop());

const snapshot = () =>
  shop.root(
    'getent passwd | md5sum; find /srv /etc /usr/local /var/lib/landfall -printf "%p %m %u %g\\n" 2>/dev/null | sort | md5sum',
  );

async function refused(change: Partial<Policy>): Promise<string> {
  const answer = await shop.setup({ policy: { ...policy, ...change } });
  assert.equal(answer.ok, false, JSON.stringify(change));
  return answer.ok ? '' : `${answer.error.type}: ${answer.error.message}`;
}

test('Python is installed where it is missing, with the package manager of the host', async () => {
  const { host } = shop;
  const connections = connectionsTo(host);
  const target = targetOf(host, { user: 'root' });
  const install = async () => pythonInstall(await connections.to(target));
  assert.equal(await install(), null);
  // The host reaches no package index: a stand-in brings Python back, or fails as one without a network does.
  await shop.root(`mv /usr/bin/python3 /usr/bin/python3.away
    printf '#!/bin/sh\necho "apt-get $*" >>/tmp/apt\nif [ -e /tmp/offline ]; then echo "Could not resolve deb" >&2; exit 100; fi\n[ "$1" = update ] || mv /usr/bin/python3.away /usr/bin/python3\n' >/usr/local/bin/apt-get
    chmod 755 /usr/local/bin/apt-get; touch /tmp/offline`);
  const command = await install();
  assert.match(command ?? '', /^apt-get update .*apt-get install -q -y python3 python3-venv/);
  const connection = await connections.to(target);
  const failure = await failsWith(
    installPython(connection, command ?? '', []),
    'SetupNeeded',
    /Python could not be installed on web1: .*Could not resolve deb/,
  );
  assert.match(failure.details.advice, /python3 python3-venv\. Then run landfall setup again/);
  await shop.root('rm /tmp/offline');
  await installPython(connection, command ?? '', []);
  assert.equal(await install(), null);
  assert.match(await shop.root('cat /tmp/apt; rm /tmp/apt /usr/local/bin/apt-get'), /install -q -y python3/);
  connections.close();
});

test('a host that is not set up says so', async () => {
  const ended = await shop.ssh('deploy', `sudo -n ${HELPER_PATH}`, Buffer.alloc(0));
  assert.notEqual(ended.code, 0);
});

test('a plan names everything that is still to do and changes nothing', async () => {
  const before = await snapshot();
  const answer = await shop.setup({ apply: false });
  assert.ok(answer.ok);
  assert.equal(answer.result.changed, false);
  assert.ok(answer.result.actions.some((action) => action.what.includes('shop') && !action.done));
  assert.ok(answer.result.actions.every((action) => !action.changed));
  assert.equal(await snapshot(), before);
});

test('policies that would hand out more than a service are refused', async () => {
  const before = await snapshot();
  assert.match(await refused({ user: 'root' }), /InvalidInput: .*is root/);
  assert.match(await refused({ deployUser: 'root' }), /is root/);
  assert.match(await refused({ user: 'deploy' }), /two users/);
  assert.match(await refused({ unit: 'ssh.service' }), /belongs to the system/);
  assert.match(await refused({ unit: 'shop' }), /unit name/);
  await shop.root('touch /run/docker.sock; mkdir /run/docker.run');
  assert.match(
    await refused({ service: 'docker' }),
    /taken: \/run\/docker\.sock .*taken: \/run\/docker\.run/,
  );
  await shop.root('rm -r /run/docker.*');
  assert.match(await refused({ service: 'landfall' }), /the name landfall is taken/);
  for (const base of [
    '/',
    '/etc/shop',
    '/usr/bin',
    '/srv',
    '/usr/local/lib/landfall',
    '/root/shop',
    '/var/lib',
    '/home/x',
  ]) {
    assert.match(
      await refused({ base }),
      /(InvalidInput: .*not a place for a service|InvalidRequest: .*plain absolute path)/,
      base,
    );
  }
  assert.match(await refused({ base: '/home/deploy/shop' }), /only root can change/);
  assert.match(await refused({ base: '/srv/../etc/x' }), /plain absolute path/);
  assert.match(await refused({ envFiles: ['/home/deploy/shop.env'] }), /only root can change/);
  assert.match(
    await refused({ envFiles: ['/srv/shop/shared/.env'] }),
    /must not be in a directory of the service/,
  );
  assert.match(await refused({ envFiles: ['/etc/passwd'] }), /not an environment file/);
  assert.match(await refused({ envFiles: ['/etc/mtab'] }), /not an environment file/);
  assert.match(await refused({ service: 'Shop' }), /service: must be/);
  assert.equal(await snapshot(), before);
});

test('setup makes the host ready, hands the deploying user nothing else, and can be repeated', async () => {
  await shop.root('printf "SECRET=hunter22\\n" > /etc/shop.env; chmod 644 /etc/shop.env');
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake ci@example';
  const first = await shop.setup({ authorizedKey: key });
  assert.ok(first.ok, JSON.stringify(first));
  assert.equal(first.result.changed, true);
  assert.ok(first.result.actions.every((action) => action.done));
  const modes =
    'stat -c "%n %U:%G %a" /srv/shop /srv/shop/* /var/lib/landfall/shop /etc/shop.env /etc/landfall/shop.json';
  assert.deepEqual((await shop.root(`${modes} ${HELPER_PATH} /etc/sudoers.d/landfall-deploy`)).split('\n'), [
    '/srv/shop root:root 755',
    '/srv/shop/home shop:shop 700',
    '/srv/shop/releases deploy:shop 2750',
    '/srv/shop/shared shop:shop 750',
    '/srv/shop/venvs deploy:shop 2750',
    '/var/lib/landfall/shop root:root 700',
    '/etc/shop.env root:root 600',
    '/etc/landfall/shop.json root:root 644',
    `${HELPER_PATH} root:root 755`,
    '/etc/sudoers.d/landfall-deploy root:root 440',
  ]);
  assert.equal(await shop.root('cat /etc/shop.env'), 'SECRET=hunter22', 'what is in it is left alone');
  assert.equal(await shop.root('grep -cF ci@example ~deploy/.ssh/authorized_keys'), '1');
  assert.match(await shop.root('getent passwd shop'), /nologin$/);
  const record = 'cat /var/lib/landfall/shop/setup.json';
  const made = JSON.parse(await shop.root(record));
  assert.deepEqual(made.users, ['shop'], 'deploy was there before');
  assert.deepEqual(made.keys, [['deploy', key]]);
  assert.deepEqual(made.modes, [{ path: '/etc/shop.env', user: 0, group: 0, mode: 0o644 }]);
  const before = `${await snapshot()}${await shop.root(record)}`;
  const second = await shop.setup({ authorizedKey: key });
  assert.ok(second.ok);
  assert.equal(second.result.changed, false);
  assert.ok(second.result.actions.every((action) => action.done && !action.changed));
  assert.equal(`${await snapshot()}${await shop.root(record)}`, before);
  assert.equal((await shop.ask('observe', { address: null })).ok, true);
});

test('setup creates a deploying user that can log in with the given key', async () => {
  const key = (await shop.root('cat ~deploy/.ssh/authorized_keys')).split('\n')[0] ?? '';
  const cart: Policy = {
    ...policy,
    service: 'cart',
    user: 'cart',
    deployUser: 'shipper',
    base: '/opt/cart',
    envFiles: [],
    unit: 'cart.service',
  };
  const made = await shop.setup({ policy: cart, authorizedKey: key.replace(/^.*?(ssh-)/, '$1') });
  assert.ok(made.ok, JSON.stringify(made));
  const request = `{"protocol":${PROTOCOL},"verb":"observe","service":"cart","address":null}\n`;
  const ended = await shop.ssh('shipper', `sudo -n ${HELPER_PATH}`, Buffer.from(request), [
    '-o',
    'ControlPath=none',
  ]);
  assert.match(ended.stdout, /"ok": true/);
  const other = await shop.ssh('deploy', `sudo -n ${HELPER_PATH}`, Buffer.from(request));
  assert.match(other.stdout, /Only shipper may deploy cart/);
});

/** Rewrites the installed file, each member as `change` (Python, of `name` and `data`) makes it. */
async function rewriteHelper(change: string): Promise<void> {
  const ran = await shop.host.root('python3 -', {
    input: `
import shutil, zipfile
change = lambda name, data: ${change}
with open('/tmp/changed', 'wb') as file:
    file.write(open('${HELPER_PATH}', 'rb').readline())
    with zipfile.ZipFile('${HELPER_PATH}') as old, zipfile.ZipFile(file, 'w') as new:
        for member in old.infolist():
            new.writestr(member, change(member.filename, old.read(member)))
shutil.copyfile('/tmp/changed', '${HELPER_PATH}')
`,
  });
  assert.equal(ran.code, 0, ran.stderr);
}

test('the helper runs from its bytecode', async () => {
  await rewriteHelper(`b'1/0' if name.endswith('.py') else data`);
  assert.equal((await shop.ask('observe', { address: null })).ok, true);
  await shop.root(`rm ${HELPER_PATH}`);
  await shop.applied();
});

test('after an upgrade of Python it runs from its source, and setup compiles it again', async () => {
  await rewriteHelper(`b'????' + data[4:] if name.endswith('.pyc') else data`);
  assert.equal((await shop.ask('observe', { address: null })).ok, true);
  const updated = await shop.setup({});
  assert.ok(updated.ok);
  assert.deepEqual(
    updated.result.actions.filter((action) => action.changed).map((action) => action.what.split(' /')[0]),
    ['install the helper'],
  );
  const again = await shop.setup({});
  assert.ok(again.ok && !again.result.changed);
});

test('a helper that was damaged on the disk is installed again', async () => {
  await shop.root(`truncate -s -1000 ${HELPER_PATH}`);
  await shop.applied();
  // In a module: not every byte of what lies between them counts.
  await shop.root(`sed -i 's/def verb_observe/DEF verb_observe/' ${HELPER_PATH}`);
  const answer = await shop.setup({});
  assert.ok(answer.ok && answer.result.changed);
  assert.equal((await shop.ask('observe', { address: null })).ok, true);
});

test('missing packages are an action of the plan, and are installed by the package manager', async () => {
  await shop.root(
    'mkdir /root/away; mv /usr/local/bin/uv /usr/lib/python3*/ensurepip /root/away/; ' +
      `printf '#!/bin/sh\\necho "$@" >>/root/asked; mv /root/away/ensurepip /usr/lib/python3.11/\\n' >/usr/local/sbin/apt-get; chmod 755 /usr/local/sbin/apt-get`,
  );
  const plan = await shop.setup({ apply: false, python: null });
  assert.ok(plan.ok);
  const action = {
    what: 'install the package python3-venv: apt-get install -y python3-venv',
    changed: false,
  };
  const isPackage = ({ what }: { what: string }) => what.startsWith('install the package');
  assert.deepEqual(plan.result.actions.find(isPackage), { ...action, done: false });
  const applied = await shop.setup({ python: null });
  assert.ok(applied.ok);
  assert.deepEqual(applied.result.actions.find(isPackage), { ...action, done: true, changed: true });
  assert.deepEqual(JSON.parse(await shop.root('cat /var/lib/landfall/shop/setup.json')).packages, [
    'python3-venv',
  ]);
  assert.equal(await shop.root('cat /root/asked'), '-o DPkg::Lock::Timeout=120 install -y python3-venv');
  await shop.root('mv /root/away/uv /usr/local/bin/; rm /usr/local/sbin/apt-get');
});

test('a clock that is off, a full file system and one without programs are named', async () => {
  await shop.root('mount -t tmpfs -o noexec,size=20m,mode=755 tmpfs /srv');
  const answer = await shop.setup({ apply: false, now: Math.floor(Date.now() / 1000) + 600 });
  await shop.root('umount /srv');
  assert.ok(answer.ok);
  const said = answer.result.warnings.join('\n');
  assert.match(said, /^The clock of this host is (599|600|601) s behind that of this client/m);
  assert.match(said, /^\/srv(\/shop)? is mounted noexec/m);
  assert.match(said, /^\/srv(\/shop)? has \d+ MiB free/m);
});
