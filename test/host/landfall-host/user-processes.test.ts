import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Claim } from '../../../src/contract/contract-types';
import { ServiceHost } from './service-host';

let shop: ServiceHost;
let claim: (seq: number, attempt?: number) => Claim;
let seq = 0;
before(async () => {
  shop = await ServiceHost.start();
  claim = await shop.claimed('run-1');
});
after(() => shop.stop());
beforeEach(() => {
  seq += 1;
});

/** Leaves a process of that user outside the service's units, as cron or `at` would. */
async function started(user: string, program: string, name = `left-${seq}`): Promise<void> {
  const options = `--quiet --collect --unit=${name} -p RemainAfterExit=yes -p KillMode=none`;
  await shop.root(`cat > /tmp/${name}.py <<'E'\n${program}\nE\nchmod 644 /tmp/${name}.py`);
  await shop.root(`systemd-run ${options} --uid=${user} /usr/bin/python3 /tmp/${name}.py`);
  await shop.root(`until pgrep -u ${user} -f '[/]tmp/${name}.py' > /dev/null; do sleep 0.02; done`);
}

const makeRoom = () =>
  shop.call('make-room', { claim: claim(seq), release: null, closeSocket: false, endUser: true });

const SLEEPS = 'import time\ntime.sleep(3600)';

/** The processes of the service's user, without zombies. */
const left = () => shop.root(`ps -o stat=,pid=,args= -u shop | grep -v '^Z' || true`);

test('no process of the service’s user survives, and no other user’s process ends', async () => {
  await started(
    'shop',
    `import os, time\nos.fork(); os.setsid() if os.fork() == 0 else None\ntime.sleep(3600)`,
  );
  await started('deploy', SLEEPS, 'deploys');
  await started('root', SLEEPS, 'roots');
  const { stopped, ended } = await makeRoom();
  assert.equal(stopped, true);
  assert.equal(ended, 4);
  assert.equal(await left(), '');
  await shop.root('pgrep -u deploy -f deploys.py && pgrep -u root -f [r]oots.py');
});

test('one that forks and ends again and again, so that it is never found where it was, ends too', async () => {
  await started(
    'shop',
    `import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    if os.fork():\n        os._exit(0)\n    os.setsid()`,
  );
  await makeRoom();
  assert.equal(await left(), '');
});

test('one that stops and kills every other process of its user ends too', async () => {
  await started(
    'shop',
    `import os, signal
uid = os.getuid()
while True:
    for each in os.listdir('/proc'):
        try:
            if each.isdigit() and int(each) != os.getpid() and os.stat('/proc/' + each).st_uid == uid:
                os.kill(int(each), signal.SIGSTOP)
                os.kill(int(each), signal.SIGKILL)
        except OSError:
            pass`,
  );
  await makeRoom();
  assert.equal(await left(), '');
});

test('one that has stopped itself, or is that user only in part, ends too', async () => {
  await started(
    'shop',
    `import os, signal, time\nif os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(3600)`,
  );
  // As a program that root has made setuid would be.
  await started(
    'root',
    `import os, time\nuid = int(os.popen('id -u shop').read())\nos.setresuid(uid, 0, 0)\ntime.sleep(3600)`,
    'partly',
  );
  await makeRoom();
  assert.equal(await left(), '');
  assert.equal(await shop.root("pgrep -f '[p]artly.py' || true"), '');
});

test('a service that runs as the deploying user is refused, and nothing has ended', async () => {
  await started('deploy', SLEEPS, 'stays');
  await shop.root(`sed -i.before 's/"user": *"shop"/"user": "deploy"/' /etc/landfall/shop.json`);
  try {
    const fields = { claim: claim(seq), release: null, closeSocket: false, endUser: true };
    const { type, message } = await shop.refused('make-room', fields);
    assert.equal(type, 'SetupNeeded');
    assert.match(message, /runs as deploy, which is not its own user/);
    await shop.root('pgrep -u deploy -f stays.py');
  } finally {
    await shop.root('mv /etc/landfall/shop.json.before /etc/landfall/shop.json');
  }
});
