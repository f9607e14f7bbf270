import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import { helperSource, ServiceHost, stageRequest } from './service-host';

let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
});
after(() => shop.stop());

const line = (fields: object): Buffer => Buffer.from(`${JSON.stringify(fields)}\n`);

async function refusal(input: Buffer): Promise<string> {
  const answer = await shop.raw(input);
  assert.equal(answer.ok, false);
  return answer.ok ? '' : `${answer.error.type}: ${answer.error.message}`;
}

test('sudo lets the deploying user run the helper without arguments and nothing else', async () => {
  for (const command of [
    `sudo -n ${HELPER_PATH} --job-ended /var/lib/landfall/shop/jobs/landfall-job-shop-1-x-1`,
    'sudo -n /usr/bin/id',
    'sudo -n /usr/bin/python3 -c 1',
  ]) {
    const ended = await shop.ssh('deploy', command, Buffer.alloc(0));
    assert.equal(ended.code, 1, command);
    assert.match(ended.stderr, /password is required|not allowed/);
  }
  assert.equal(await shop.root('ls -A /var/lib/landfall/shop/jobs'), '');
});

test('a caller who is not the deploying user of the service is refused', async () => {
  await shop.root('id other || useradd -m other');
  const denied = await shop.root(
    `printf '%s\\n' '{"protocol":${PROTOCOL},"verb":"observe","service":"shop","address":null}' | SUDO_UID=$(id -u other) ${HELPER_PATH}`,
  );
  assert.match(denied, /Only deploy may deploy shop/);
});

test('what is not a request of this protocol is answered and changes nothing', async () => {
  const observe = { protocol: PROTOCOL, verb: 'observe', service: 'shop', address: null };
  // The others are in host/tests/test_requests.py.
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('nonsense\n'), /InvalidRequest: The request is not JSON/],
    [line({ ...observe, service: 'cart' }), /SetupNeeded: .*not set up for cart/],
    [line({ ...observe, service: '../shop' }), /InvalidRequest: .*service: must be a name/],
    [line({ ...observe, extra: 1 }), /InvalidRequest: .*unknown field 'extra'/],
  ];
  const before = await shop.root(
    'find /var/lib/landfall /srv/shop -newer /etc/landfall/shop.json | sort | md5sum',
  );
  for (const [input, expected] of cases) assert.match(await refusal(input), expected);
  const after = await shop.root(
    'find /var/lib/landfall /srv/shop -newer /etc/landfall/shop.json | sort | md5sum',
  );
  assert.equal(after, before);
});

test('a request whose line falls silent ends by itself, and without an answer', async () => {
  const claim = await shop.claimed('silent');
  const stage = { ...stageRequest(claim(0), 'tree', Buffer.alloc(1000)), protocol: PROTOCOL };
  const begun = ['{"protocol"', line({ ...stage, verb: 'stage', service: 'shop' }).toString()];
  const ends = begun.map(async (sent, nth) => {
    const pipe = `/run/silent-${nth}`;
    return await shop.root(
      `mkfifo ${pipe}; (printf %s '${sent}'; exec sleep 60) > ${pipe} & \
       SUDO_UID=$(id -u deploy) ${HELPER_PATH} 2>&1 < ${pipe}; echo "code $?"; kill $!`,
    );
  });
  for (const ended of await Promise.all(ends)) {
    assert.equal(ended, 'landfall-host: nothing of the request has arrived for 15 s\ncode 1');
  }
});

test('inspect says what this host is', async () => {
  const facts = await shop.call('inspect', {
    python: 'python3',
    address: { host: shop.host.address, port: shop.host.port },
  });
  assert.equal(facts.hostname, shop.host.name);
  assert.equal(facts.bootId, await shop.root('cat /proc/sys/kernel/random/boot_id'));
  assert.equal(facts.helper.sha256, createHash('sha256').update(helperSource).digest('hex'));
  const [python] = facts.interpreters;
  assert.match(python?.path ?? '', /^\/usr\/bin\/python3\.\d+$/);
  const { asked, standard, makes, serves } = python ?? {};
  assert.deepEqual([asked, standard, makes, serves], [true, true, true, true]);
  assert.ok(facts.diskFreeBytes > 0 && facts.memoryAvailableBytes > 0);
  assert.equal(facts.live.load, 'not-found');
  assert.equal(facts.live.listener, 'other', 'sshd listens there');
  assert.deepEqual(facts.boot, { release: null, enabled: false, foreign: false, instance: false });
});

test('inspect tells which interpreters the service could run, and which make an environment', async () => {
  const folder = '/home/deploy/.local/share/uv/python/cpython-3.99.0/bin';
  const seen = async (python: string | null = null) =>
    (await shop.call('inspect', { python, address: null })).interpreters.map((each) =>
      [each.path.replace(/\d+$/, 'x'), each.asked, each.standard, each.makes, each.serves].join(' '),
    );
  await shop.root(
    `install -d -o deploy ${folder} && install $(readlink -f /usr/bin/python3) ${folder}/python3 && chmod 700 /home/deploy`,
  );
  assert.deepEqual(await seen(), [
    '/usr/bin/python3.x false true true true',
    `${folder}/pythonx false false true false`,
  ]);
  await shop.root(
    'chmod 755 /home/deploy && cd $(python3 -c "import os; print(os.path.dirname(os.__file__))") && mv ensurepip ensurepip.off',
  );
  assert.deepEqual(await seen(`${folder}/python3`), [
    `${folder}/pythonx true false false true`,
    '/usr/bin/python3.x false true false true',
  ]);
  assert.deepEqual(
    (await seen('python9')).filter((each) => each.includes(' true true')),
    [],
  );
  await shop.root(
    `rm -r ${folder} && cd $(python3 -c "import os; print(os.path.dirname(os.__file__))") && mv ensurepip.off ensurepip`,
  );
});

test('a second changing request waits for the lock and then answers Busy', async () => {
  const claim = await shop.claimed('busy');
  await shop.root('systemd-run --quiet --unit=holder flock /var/lib/landfall/shop/lock sleep 60');
  await shop.root('while flock -n /var/lib/landfall/shop/lock true; do sleep 0.01; done');
  const begun = Date.now();
  const error = await shop.refused('repair', { claim: claim(0) });
  assert.equal(error.type, 'Busy');
  // The lock stays taken for a minute: the answer came before.
  assert.ok(Date.now() - begun > 7500);
  assert.equal((await shop.ask('observe', { address: null })).ok, true, 'reading needs no lock');
  await shop.root('systemctl stop holder');
  assert.deepEqual(await shop.call('repair', { claim: claim(0) }), { repaired: [] });
});
