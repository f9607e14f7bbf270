import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { environmentRequest, ServiceHost } from './service-host';

let shop: ServiceHost;
let claim: Claim;
before(async () => {
  shop = await ServiceHost.start();
  claim = (await shop.claimed('run-1'))(0);
});
after(() => shop.stop());

const LOCK_IS_FREE = 'flock -n /var/lib/landfall/shop/lock true';

/** A program of the deploying user's, to be asked for as its Python. */
async function interpreter(name: string, lines: string): Promise<string> {
  const path = `/home/deploy/${name}`;
  const script = `#!/bin/sh\necho ran >> ${path}.ran\n${lines}\n`;
  await shop.root(
    `cat > ${path} <<'END'\n${script}END\nchown deploy ${path}; chmod 755 ${path}; chmod 755 /home/deploy`,
  );
  return path;
}

const wanted = (release: string, python: string) =>
  environmentRequest(claim, release, ['requirements.txt'], python);

test('an interpreter that never answers has a limit, and holds no lock meanwhile', async () => {
  const release = await shop.staged(claim, 'sleeps', { 'requirements.txt': '' });
  const python = await interpreter('sleeps', 'exec sleep 1000');
  const asked = shop.refused('environment', wanted(release, python));
  await shop.root(`timeout 10 sh -c 'until [ -e ${python}.ran ]; do sleep 0.01; done'`);
  await shop.root(LOCK_IS_FREE);
  const error = await asked;
  assert.equal(error.type, 'InvalidInput');
  assert.match(error.message, /no interpreter .*sleeps on this host that answers within 10 s/);
  assert.equal(await shop.root('pgrep -c -x sleep || true'), '0', 'nothing is left of it');
});

test('a process that an interpreter leaves behind with its output open does not block a request for ever', async () => {
  const release = await shop.staged(claim, 'leaves', { 'requirements.txt': '' });
  const python = await interpreter('leaves', 'setsid sleep 1000 &\necho "[]"');
  const asked = shop.refused('environment', wanted(release, python));
  await shop.root(`timeout 10 sh -c 'until pgrep -x sleep; do sleep 0.01; done'`);
  await shop.root(LOCK_IS_FREE);
  assert.equal((await asked).type, 'InvalidInput');
  await shop.root('pkill -x sleep');
});

test('what an interpreter says is checked before it is believed', async () => {
  const said = [
    'echo nonsense',
    'echo 5',
    `echo '{"a":1,"b":2,"/c":3,"d":4,"e":5}'`,
    'echo "[1,2,3,4,5]"',
    `echo '["a","b","not/absolute","3.11","cpython"]'`,
    'exec yes',
    `python3 -c 'print("[" * 100000)'`,
    `python3 -c 'print("[\\"" + "x" * 1000 + "\\",\\"b\\",\\"/c\\",\\"d\\",\\"e\\"]")'`,
  ];
  for (const [index, lines] of said.entries()) {
    const release = await shop.staged(claim, `says-${index}`, { 'requirements.txt': '' });
    const error = await shop.refused(
      'environment',
      wanted(release, await interpreter(`says-${index}`, lines)),
    );
    assert.match(error.message, /no interpreter/, lines);
  }
});

test('a step that the deploying user stops is killed and Busy, and holds no lock', async () => {
  const release = await shop.staged(claim, 'stops', { 'requirements.txt': '' });
  const python = await interpreter('stops', 'kill -STOP $PPID; exec sleep 1000');
  const asked = shop.refused('environment', wanted(release, python));
  await shop.root(`timeout 10 sh -c 'until [ -e ${python}.ran ]; do sleep 0.01; done'`);
  await shop.root(LOCK_IS_FREE);
  const error = await asked;
  assert.equal(error.type, 'Busy');
  assert.match(
    error.message,
    /`name environment` as deploy did not end within 15 s on this host, and was killed/,
  );
  assert.equal((await shop.refused('inspect', { python, address: null })).type, 'Busy');
  assert.equal(await shop.root('pgrep -c -x sleep; pgrep -c -u deploy -f "[l]andfall-host" || true'), '0\n0');
});

test('what takes long to remove is put aside at once, and holds no lock', async () => {
  const release = await shop.staged(claim, 'huge', { 'requirements.txt': '' });
  const there = `/srv/shop/releases/${release}`;
  // Deeper than a path may be long, and than Python's own removal goes; with what blocks whoever opens it.
  const deep = `import os; [(os.mkdir(chr(100)), os.chdir(chr(100))) for _ in range(3000)]`;
  await shop.root(
    `cd ${there} && runuser -u deploy -- sh -c 'mkfifo fifo && python3 -c "${deep}" && seq 30000 | xargs touch'`,
  );
  await shop.root(`printf '#!/bin/sh\\nuntil [ -e /tmp/go ]; do sleep 0.02; done; exec /usr/bin/rm "$@"\\n' \
    > /usr/local/sbin/rm && chmod 755 /usr/local/sbin/rm`);
  const discarded = shop.call('discard', { claim, release });
  await shop.root(`timeout 10 sh -c 'while [ -e ${there} ]; do sleep 0.01; done'`);
  await shop.root(`timeout 1 sh -c 'until ${LOCK_IS_FREE}; do sleep 0.01; done'; touch /tmp/go`);
  assert.deepEqual(await discarded, { removed: true });
  assert.equal(await shop.root('ls -A /srv/shop/releases | grep -c trash || true'), '0');
  await shop.root('/usr/bin/rm /usr/local/sbin/rm');
});

test('an app that stops every process of its own user delays only what makes a shared path', async () => {
  const { host } = shop;
  await shop.staged(claim, 'shared-1', { 'main.py': '1' }, ['uploads']);
  const stops = 'while :; do pkill -STOP -u shop -f [l]andfall-host; done';
  await shop.root(`systemd-run -q --unit=app -p User=shop -p KillSignal=SIGKILL sh -c '${stops}'`);
  await shop.staged(claim, 'shared-2', { 'main.py': '2' }, ['uploads']);
  assert.equal((await host.root('systemctl is-active app')).stdout.trim(), 'active');
  await shop.root('systemctl stop app');
});
