import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { shop } from '../harness/shop';
import { until } from '../harness/until';
import { World } from '../harness/world';

/** Logs, temporary files, backups that `useradd` keeps of its files, and the data of other programs. */
const OTHERS = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/tmp',
  '/var/tmp',
  '/var/log',
  '/var/lib/postgresql',
  '/var/lib/systemd/random-seed',
  '/var/lib/systemd/timers',
  '/var/lib/systemd/linger',
  '/var/lib/dbus',
  '/root',
  '/opt/wheels',
];
const ACCOUNTS = /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-? /;
const DEPLOYER = 'ship';

describe('setup --remove, after setup and deploys', () => {
  let world: World;
  let fresh: string;
  before(async () => {
    world = await World.start({ setUp: false, strategy: 'overlap' });
    configure('shop');
    fresh = await everything();
  });
  after(() => world?.stop());

  const root = async (command: string) => (await world.host.root(command)).stdout.trim();

  /** Each path of the host with kind, mode and owner, each file of /etc with its content, users and groups. */
  async function everything(): Promise<string> {
    const prune = OTHERS.map((path) => `-path ${path}`).join(' -o ');
    const tree = await root(`find / -xdev \\( ${prune} \\) -prune -o -printf '%p %y %m %u:%g\\n' | sort`);
    const content = await root(
      'find /etc -type f ! -name "*shadow*" ! -name "passwd*" ! -name "group*" ! -name "sub?id*" -exec md5sum {} + | sort; getent passwd | sort; getent group | sort',
    );
    const lines = tree.split('\n').filter((line) => !ACCOUNTS.test(line));
    return [...lines, content].join('\n');
  }

  function configure(service: string): void {
    const [entry] = world.hostEntries();
    const port = service === 'shop' ? 8000 : 8001;
    const host = { ...entry, user: DEPLOYER, bind: `${world.host.address}:${port}` };
    world.configure({
      service,
      envFiles: [`/etc/${service}/env`],
      ...(service === 'shop' && {
        processes: { night: { command: 'python -c pass', schedule: 'Sun 03:00' } },
      }),
      environments: { production: { hosts: [host] } },
    });
  }

  async function setUp(service: string): Promise<void> {
    configure(service);
    const key = ['--authorized-key', `${world.host.keyFile}.pub`];
    const ran = await world.landfall('setup', world.host.name, '--yes', ...key);
    assert.equal(ran.code, 0, ran.output);
    await root(`echo PASSWORD=very-secret > /etc/${service}/env`);
  }

  async function deploy(service: string): Promise<void> {
    configure(service);
    const ref = world.repository.commit(service, shop(service));
    const ran = await world.landfall('deploy', service, '--ref', ref);
    assert.equal(ran.code, 0, ran.output);
  }

  function remove(service: string, ...more: string[]) {
    configure(service);
    return world.landfall('setup', world.host.name, '--remove', '--yes', ...more);
  }

  it('refuses while the service runs and while a deploy is open, and changes nothing', async () => {
    await setUp('shop');
    await setUp('cart');
    await deploy('shop');
    const before = await everything();

    const running = await remove('shop');
    assert.equal(running.code, 1, running.output);
    assert.match(running.output, /shop runs on this host under units of Landfall: .*shop@1-/);
    assert.match(running.output, /shop\.socket/);
    assert.match(running.output, /`landfall eject` first\. To end the service, add --stop\./);

    const claim = (from: string, to: string) =>
      root(`sed -i 's/"state": "${from}"/"state": "${to}"/' /var/lib/landfall/shop/state.json`);
    await claim('closed', 'open');
    const open = await remove('shop', '--stop', '--data');
    await claim('open', 'closed');
    assert.equal(open.code, 1, open.output);
    assert.match(open.output, /A deploy of shop is open on this host: fence 1, .*, run [0-9a-f-]{36}\./);
    assert.match(open.output, /landfall status shop.*landfall cancel shop/);
    assert.equal(await everything(), before);
  });

  it('without --data keeps the data, and what another service of the host needs', async () => {
    const ran = await remove('shop', '--stop');
    assert.equal(ran.code, 0, ran.output);
    for (const sentence of [
      '/etc/shop/env with its variables. `--data` removes it.',
      '/srv/shop with all in it. `--data` removes it.',
      'The user shop. `--data` removes it with its home.',
      `The user ${DEPLOYER}: the service cart needs it.`,
      'landfall-host and the gate: cart needs them.',
    ]) {
      assert.ok(ran.output.includes(sentence), `${sentence}\n${ran.output}`);
    }
    assert.equal(
      await root(`systemctl list-units --all --plain --no-legend 'shop*' 'landfall-job-shop*'`),
      '',
    );
    assert.equal(
      await root('find /etc/systemd /run/systemd/system* /run/landfall /run/shop* | grep shop || true'),
      '',
    );
    assert.equal(await root('ls -d /srv/shop/releases/1-* /etc/shop/env | wc -l'), '2');
    assert.equal(
      await root('ls /etc/landfall /var/lib/landfall/shop'),
      ['/etc/landfall:', 'cart.json', '', '/var/lib/landfall/shop:', 'removing.json', 'setup.json'].join(
        '\n',
      ),
    );
    const made = JSON.parse(await root('cat /var/lib/landfall/cart/setup.json'));
    assert.ok(made.users.includes(DEPLOYER));

    const again = await remove('shop');
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /Landfall has nothing else on \S+ for shop\.$/m);
  });

  it('follows no link, enters no mount, and keeps an unknown file and the folder around it', async () => {
    await root(`echo kept > /root/canary; install -o ${DEPLOYER} -d /srv/mounted`);
    await root(
      `cd /srv/shop && mkdir shared/media && mount --bind /srv/mounted shared/media && echo kept > shared/media/canary
      runuser -u shop -- ln -s /root shared/root
      runuser -u ${DEPLOYER} -- sh -c 'cd releases && ln -s /root 7-aaaaaaa && ln -s /etc .trash-x && ln -s /root ~/root && mkdir -p $(printf "d/%.0s" $(seq 900))'
      touch notes.txt`,
    );
    const mounted = await remove('shop', '--data');
    assert.equal(mounted.code, 0, mounted.output);
    assert.match(
      mounted.output,
      /\/srv\/shop\/shared: \/srv\/shop\/shared\/media is a mount: unmount it first\./,
    );
    assert.match(mounted.output, /The user shop: it owns \/srv\/shop\/shared/);
    assert.equal(await root('cat /root/canary /srv/shop/shared/media/canary'), 'kept\nkept');
    assert.equal(await root('ls /srv/shop'), 'notes.txt\nshared');
    await root('umount /srv/shop/shared/media; rm -r /srv/mounted /srv/shop; userdel shop');
  });

  it('leaves the other service as it was', async () => {
    await deploy('cart');
    const answer = await root(`curl -s http://${world.host.address}:8001/`);
    assert.match(answer, /"version":"cart"/);
  });

  it('continues after a power loss in the middle, and leaves nothing', async () => {
    await root(
      'mv /usr/sbin/userdel /usr/sbin/userdel.real; printf "#!/bin/sh\\ntouch /root/begun; exec sleep 60\\n" > /usr/sbin/userdel; chmod 755 /usr/sbin/userdel',
    );
    configure('cart');
    const begun = world.begin('setup', [world.host.name, '--remove', '--yes', '--stop', '--data']);
    await until(async () => (await root('ls /root/begun 2>/dev/null || true')) !== '');
    await world.host.powerLoss();
    await begun.ended;
    await root('mv /usr/sbin/userdel.real /usr/sbin/userdel; rm /root/begun /root/canary');
    const ran = await remove('cart', '--data');
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /Done: nothing of Landfall is left on \S+ for cart\.$/m);
    assert.deepEqual((await everything()).split('\n'), fresh.split('\n'));
    for (const service of ['cart', 'shop']) {
      const again = await remove(service, '--data');
      assert.equal(again.code, 0, again.output);
      assert.match(again.output, new RegExp(`^Nothing of Landfall is on \\S+ for ${service}\\.$`, 'm'));
    }
  });

  it('without a record removes only what is surely of Landfall, and names the rest', async () => {
    await setUp('shop');
    await root('rm /var/lib/landfall/shop/setup.json');
    const ran = await remove('shop', '--data');
    assert.equal(ran.code, 0, ran.output);
    for (const name of ['/srv/shop with all in it', 'The user shop', `The user ${DEPLOYER}`]) {
      assert.match(ran.output, new RegExp(`= ${name}.*[Ss]etup did not make it, or kept no record\\.`));
    }
    assert.equal(
      await root(
        'ls -d /etc/landfall /var/lib/landfall /usr/local/lib/landfall /etc/sudoers.d/landfall-* 2>/dev/null || true',
      ),
      '',
    );
    assert.equal(await root('cat /etc/shop/env'), 'PASSWORD=very-secret');
    assert.equal(await root('id -un shop; ls /srv/shop'), 'shop\nhome\nreleases\nshared\nvenvs');
  });
});
