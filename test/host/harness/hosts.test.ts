import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { missingNeeds, startHost, type TestHost } from '../../harness/hosts';
import { withLock } from '../../harness/hosts/lock';
import { stateDirectory } from '../../harness/hosts/paths';
import { childrenOf, isAlive, type ProcessId, processId } from '../../harness/hosts/processes';
import { readSpec } from '../../harness/hosts/spec';

/** Generous: what is awaited takes tenths of a second. */
const limitMilliseconds = 15_000;

/** Runs a command as people and the product do: strict host key, no password. */
async function ssh(host: TestHost, user: string, command: string): Promise<string> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${host.knownHostsFile}`];
  const { stdout } = await promisify(execFile)('ssh', [
    ...['-F', '/dev/null', '-i', host.keyFile, '-p', String(host.port)],
    ...options.flatMap((option) => ['-o', option]),
    `${user}@${host.address}`,
    command,
  ]);
  return stdout.trim();
}

const cgroups = '/sys/fs/cgroup';
const state = (address: string) => join(stateDirectory, address);
const guardOf = (address: string) =>
  JSON.parse(readFileSync(join(state(address), 'guard.json'), 'utf8')) as ProcessId;

/** The guard and everything below it, with when each was started. */
function processesBelow(pid: number): ProcessId[] {
  const id = processId(pid);
  return id === null ? [] : [id, ...childrenOf(pid).flatMap(processesBelow)];
}

/** The leftovers of a host: directory, cgroups, mounts in any namespace. */
function tracesOf(address: string, name: string): Promise<string[]> {
  // Hosts of other tests may take the address over, but not while it is looked at.
  return withLock(join(stateDirectory, 'lock'), async () => {
    if (existsSync(state(address)) && readSpec(state(address)).name !== name) return [];
    const mounts = readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && mentions(`/proc/${pid}/mounts`, address),
    );
    const hierarchies = [cgroups, ...readdirSync(cgroups).map((each) => join(cgroups, each))];
    const places = [
      state(address),
      ...hierarchies.map((hierarchy) => join(hierarchy, `landfall-host-${address}`)),
    ];
    return [
      ...places.filter((place) => existsSync(place)),
      ...mounts.map((pid) => `mounts of process ${pid}`),
    ];
  });
}

function mentions(file: string, address: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(`${state(address)}/`);
  } catch {
    return false; // The process has ended.
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + limitMilliseconds;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ${limitMilliseconds} ms: ${what}`);
    await delay(20);
  }
}

test('this machine can run test hosts', async () => {
  assert.deepEqual(await missingNeeds(), []);
});

describe('a host', () => {
  let host: TestHost;
  before(async () => {
    host = await startHost({ name: 'web1' });
  });
  after(() => host.stop());

  test('is a whole systemd under its own name, and healthy', async () => {
    assert.equal(await ssh(host, 'deploy', 'hostname'), 'web1');
    const ran = await host.root('systemctl is-system-running --wait; cat /proc/1/comm');
    assert.equal(ran.stdout, 'running\nsystemd\n');
  });

  test('listens on its own address and nowhere else', async () => {
    const listening = await host.root("ss -Hltnp | grep -E 'sshd|postgres' | awk '{print $4}' | sort");
    assert.equal(listening.stdout, `${host.address}:22\n${host.address}:5432\n`);
  });

  test('lets deploy and root log in; deploy may not use sudo', async () => {
    assert.equal(await ssh(host, 'deploy', 'id -un'), 'deploy');
    assert.equal(await ssh(host, 'root', 'id -un'), 'root');
    await assert.rejects(ssh(host, 'deploy', 'sudo -n true'), /password is required/);
  });

  // Otherwise a requirement without a version and one with the hash of a wheel could mean different files.
  test('has one version of each wheel', async () => {
    const { stdout } = await host.root("ls /opt/wheels/*.whl | sed 's|.*/||; s/-.*//' | sort");
    const names = stdout.trim().split('\n');
    assert.ok(names.includes('gunicorn'));
    assert.deepEqual(names, [...new Set(names)]);
  });

  test('has a database of its own', async () => {
    const { stdout } = await host.root(
      `psql -Atc 'SELECT current_user, current_database()' ${host.databaseUrl}`,
    );
    assert.equal(stdout, 'shop|shop\n');
    const wrong = await host.root(`psql -Atc 'SELECT 1' ${host.databaseUrl.replace(/:[^:@]*@/, ':wrong@')}`);
    assert.match(wrong.stderr, /password authentication failed/);
  });

  test('knows nothing of Landfall', async () => {
    const { stdout } = await host.root('find / -xdev -iname "*landfall*" -not -path "/proc/*"');
    assert.equal(stdout, '');
  });

  test('installs the example from its wheelhouse without network, by pip and by uv', async () => {
    const names = 'fastapi gunicorn uvicorn-worker asyncpg';
    const install = [
      `python3 -m venv a && a/bin/pip install -q ${names} && a/bin/python -c 'import fastapi'`,
      `uv venv -q b && uv pip install -q -p b ${names} && b/bin/python -c 'import fastapi'`,
    ];
    for (const command of install) {
      // In a network namespace of its own, where not even loopback is up.
      const ran = await host.root(`unshare --net runuser -l deploy -c "${command}"`);
      assert.equal(ran.code, 0, ran.stderr);
    }
  });

  test('refuses a requirement that the wheelhouse does not have, at once', async () => {
    await assert.rejects(
      ssh(host, 'deploy', 'python3 -m venv c && c/bin/pip install not-in-the-wheelhouse==1'),
      /No matching distribution found for not-in-the-wheelhouse==1/,
    );
    await assert.rejects(
      ssh(host, 'deploy', 'uv venv -q d && uv pip install -q -p d not-in-the-wheelhouse==1'),
      /not-in-the-wheelhouse/,
    );
  });

  test('keeps the limits that systemd is asked to set', async () => {
    const grab = "python3 -c 'bytearray(300 << 20)'";
    const memory = await host.root(`systemd-run -q --wait -p MemoryMax=50M -p User=deploy ${grab}`);
    assert.notEqual(memory.code, 0);
    assert.equal((await host.root(`systemd-run -q --wait -p MemoryMax=900M -p User=deploy ${grab}`)).code, 0);

    const time = await host.root('systemd-run --wait -p RuntimeMaxSec=1 sleep 60');
    assert.match(time.stderr, /Finished with result: timeout/);

    await host.root('umask 077; echo GREETING=hello > /root/greeting');
    const settings = '-p User=deploy -p EnvironmentFile=/root/greeting -p WorkingDirectory=/home/deploy';
    const run = await host.root(
      `systemd-run -q --wait --pipe ${settings} sh -c 'echo $GREETING from $(id -un) in $PWD'`,
    );
    assert.equal(run.stdout, 'hello from deploy in /home/deploy\n');
  });

  test('comes back from a power loss with its disk and without /run', async () => {
    const facts =
      'cat /proc/sys/kernel/random/boot_id; cat /etc/machine-id; ls /run/volatile /root/kept 2>/dev/null';
    await host.root('touch /run/volatile /root/kept; systemd-run --unit=job sleep 1000');
    const [boot, machine, ...filesBefore] = (await host.root(facts)).stdout.trim().split('\n');
    assert.deepEqual(filesBefore, ['/root/kept', '/run/volatile']);
    const all = processesBelow(guardOf(host.address).pid).slice(2);

    await host.powerLoss();

    assert.deepEqual(all.filter(isAlive), []);
    const [bootNow, machineNow, ...files] = (await host.root(facts)).stdout.trim().split('\n');
    assert.notEqual(bootNow, boot);
    assert.equal(machineNow, machine);
    assert.deepEqual(files, ['/root/kept']);
    assert.match((await host.root('systemctl show job -p LoadState')).stdout, /not-found/);
    assert.equal(await ssh(host, 'deploy', 'id -un'), 'deploy');
    await host.root('systemctl is-system-running --wait');
    assert.equal((await host.root(`psql -Atc 'SELECT 1' ${host.databaseUrl}`)).stdout, '1\n');
  });

  test('boots again after a reboot from inside', async () => {
    const before = (await host.root('cat /proc/sys/kernel/random/boot_id')).stdout;
    await host.root('systemctl reboot');
    let now = before;
    // Everything is stopped in its order before it boots: both together take seconds on a busy machine.
    const deadline = Date.now() + 4 * limitMilliseconds;
    while (now === before || now === '') {
      assert.ok(Date.now() < deadline, 'the host did not come back');
      now = await ssh(host, 'deploy', 'cat /proc/sys/kernel/random/boot_id').catch(() => '');
      await delay(50);
    }
  });
});

test('hosts side by side differ in address, host key and database, and do not see each other', async () => {
  const hosts = await Promise.all([1, 2, 3, 4].map((n) => startHost({ name: `web${n}`, kind: 'full-sudo' })));
  try {
    assert.equal(new Set(hosts.map((host) => host.address)).size, 4);
    assert.equal(new Set(hosts.map((host) => readFileSync(host.knownHostsFile, 'utf8'))).size, 4);
    for (const [index, host] of hosts.entries()) {
      assert.equal(await ssh(host, 'deploy', 'sudo -n hostname'), `web${index + 1}`);
      assert.equal((await host.root('systemctl is-system-running --wait')).stdout, 'running\n');
    }
    // The same unit name everywhere: stopping it on one host is over at once and touches no other.
    for (const host of hosts) await host.root('systemd-run --unit=shop sleep 1000');
    const [first, ...others] = hosts;
    assert.equal((await first?.root('timeout 5 systemctl stop shop'))?.code, 0);
    for (const host of others) assert.equal((await host.root('systemctl is-active shop')).stdout, 'active\n');
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
  }
});

test('sshd takes the lines that it is given', async () => {
  const host = await startHost({ sshd: 'AllowTcpForwarding no' });
  assert.match((await host.root('sshd -T')).stdout, /^allowtcpforwarding no$/m);
  await host.stop();
});

test('a stopped host leaves nothing, and may be stopped again', async () => {
  const { address, name, stop } = await startHost({ name: 'stopped' });
  const all = processesBelow(guardOf(address).pid);
  assert.ok(all.length > 5);
  const traces = (await tracesOf(address, name)).join();
  for (const kind of [/landfall-hosts/, /cgroup/, /mounts of process/]) assert.match(traces, kind);
  await stop();
  await stop();
  assert.deepEqual(all.filter(isAlive), []);
  assert.deepEqual(await tracesOf(address, name), []);
});

test('a host ends with a process that is killed, and leaves nothing', async () => {
  const script = `
    require(${JSON.stringify(join(__dirname, '..', '..', 'harness', 'hosts', 'index.js'))}).startHost({ name: 'orphan' }).then((host) => {
      console.log(host.address);
      setInterval(() => {}, 1000);
    });`;
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const address = line.toString().trim();
  const all = processesBelow(guardOf(address).pid);
  assert.ok(all.length > 5);
  owner.kill('SIGKILL');
  await until('its processes end', () => !all.some(isAlive));
  assert.deepEqual(await tracesOf(address, 'orphan'), []);
});

test('a killed supervisor takes its host along, and the next start clears up', async () => {
  const { address, name } = await startHost({ name: 'killed' });
  const guard = guardOf(address);
  const all = processesBelow(guard.pid);
  const [supervisor] = childrenOf(guard.pid);
  process.kill(supervisor ?? 0, 'SIGKILL');
  await until('its processes end', () => !all.some(isAlive));
  assert.deepEqual(
    (await tracesOf(address, name)).filter((trace) => trace.startsWith('mounts')),
    [],
  );

  const next = await startHost();
  await next.stop();
  assert.deepEqual(await tracesOf(address, name), []);
});
