import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { HELPER_PATH, PROTOCOL } from '../../../src/host-agent/contract';
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
  const cases: [Buffer, RegExp][] = [
    [Buffer.from(''), /InvalidRequest: The request is not one line/],
    [Buffer.from('{"protocol":1'), /InvalidRequest: The request is not one line/],
    [Buffer.from('nonsense\n'), /InvalidRequest: The request is not JSON/],
    [Buffer.from([0xff, 0xfe, 0x0a]), /InvalidRequest: The request is not JSON/],
    [Buffer.from(`${'['.repeat(100_000)}\n`), /InvalidRequest: The request is not JSON/],
    [Buffer.from('[]\n'), /InvalidRequest: The request is not a JSON object/],
    [
      Buffer.concat([Buffer.alloc(1 << 20, 0x20), Buffer.from('\n')]),
      /InvalidRequest: .*at most 1048576 bytes/,
    ],
    [
      line({ ...observe, protocol: PROTOCOL + 1 }),
      new RegExp(`SetupNeeded: .*speaks protocol ${PROTOCOL}, not ${PROTOCOL + 1}`),
    ],
    [line({ ...observe, verb: 'destroy' }), /InvalidRequest: There is no verb "destroy"/],
    [line({ ...observe, verb: ['observe'] }), /InvalidRequest: There is no verb/],
    [line({ ...observe, service: 'cart' }), /SetupNeeded: .*not set up for cart/],
    [line({ ...observe, service: '../shop' }), /InvalidRequest: .*service: must be a name/],
    [line({ protocol: PROTOCOL, verb: 'observe', service: 'shop' }), /lacks the field 'address'/],
    [line({ ...observe, extra: 1 }), /unknown field 'extra'/],
    [line({ ...observe, address: { host: '::1', port: '80' } }), /address: .*port: must be a whole number/],
    [line({ ...observe, address: { host: '::1', port: true } }), /address: .*port: must be a whole number/],
    [line({ ...observe, address: { host: 'localhost', port: 80 } }), /host: must be an IP address/],
    [
      line({ ...observe, address: { host: `${'a'.repeat(64)}..b`, port: 80 } }),
      /host: must be an IP address/,
    ],
    [line({ ...observe, address: { host: '1::2::3', port: 80 } }), /host: must be an IP address/],
    [line({ ...observe, extra: '\ud800' }), /unknown field 'extra'/],
    [line({ ...observe, address: { host: '::\ud800', port: 80 } }), /host: must be an IP address/],
    [line({ ...observe, address: { socket: '/run/../etc/x' } }), /plain absolute path/],
    [
      line({ ...observe, verb: 'finish', address: undefined, claim: 1, outcome: 'x' }),
      /claim: must be an object/,
    ],
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

test('releases and steps that could be paths or unit names are refused before they are used', async () => {
  const claim = await shop.claimed('names');
  for (const release of ['../1-abcdef0', '1-abcdef0/..', '1-ABCDEF0', '1-abcdef0\n', '', '-1-abcdef0']) {
    const error = await shop.refused('discard', { claim: claim(0), release });
    assert.equal(error.type, 'InvalidRequest');
    assert.match(error.message, /release: must be a release/);
  }
  for (const step of ['../x', 'x.service', 'X', 'x y', '', '-x', '%n']) {
    const error = await shop.refused('job-wait', { fence: 1, step, round: 0, waitMilliseconds: 0 });
    assert.match(error.message, /step: must be/);
  }
  for (const python of ['-c', 'python3 -c', '../python\n']) {
    const error = await shop.refused('inspect', { python, address: null });
    assert.match(error.message, /python: must be/);
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
  assert.match(facts.python?.id ?? '', /^cpython-3\.\d+\.\d+-linux-/);
  assert.equal(facts.python?.path, '/usr/bin/python3');
  assert.ok((facts.systemd ?? 0) >= 245);
  assert.ok(facts.diskFreeBytes > 0 && facts.memoryAvailableBytes > 0);
  assert.equal(facts.live.load, 'not-found');
  assert.equal(facts.live.listener, 'other', 'sshd listens there');
  assert.deepEqual(facts.boot, { release: null, enabled: false, foreign: false, instance: false });
  assert.equal((await shop.call('inspect', { python: 'python9', address: null })).python, null);
});

test('a second changing request waits for the lock and then answers Busy', async () => {
  const claim = await shop.claimed('busy');
  await shop.root('systemd-run --quiet --unit=holder flock /var/lib/landfall/shop/lock sleep 60');
  await shop.root('while flock -n /var/lib/landfall/shop/lock true; do sleep 0.01; done');
  const begun = Date.now();
  const error = await shop.refused('repair', { claim: claim(0) });
  assert.equal(error.type, 'Busy');
  assert.ok(Date.now() - begun > 7500 && Date.now() - begun < 15000);
  assert.equal((await shop.ask('observe', { address: null })).ok, true, 'reading needs no lock');
  await shop.root('systemctl stop holder');
  assert.deepEqual(await shop.call('repair', { claim: claim(0) }), { repaired: [] });
});
