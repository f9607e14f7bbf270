import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer, Verb } from '../../../src/contract/answers';
import { HELPER_PATH, PROTOCOL } from '../../../src/contract/contract';
import type { Claim, Verbs } from '../../../src/contract/contract-types';
import { SETUP_BOOTSTRAP } from '../../../src/host-agent/bootstrap';
import { archive, environmentRequest, helperSource, policy, ServiceHost, stageRequest } from './service-host';
import { BESIDE, unitOf } from './small-server';

let shop: ServiceHost;
let claim: Claim;
let runs = 0;
before(async () => {
  shop = await ServiceHost.start();
  await shop.root('printf "TOKEN=sekrit-token\\n" > /etc/shop.env');
  await nextDeploy();
});
after(() => shop.stop());

/** The first requests of each deploy. */
async function nextDeploy(): Promise<void> {
  runs += 1;
  claim = (await shop.claimed(`run-${runs}`))(0);
  await shop.call('repair', { claim });
}

/** Python in front of a program: its n-th rename kills the process that makes it, be it the program's child. */
const killedAt = (nth: number) => `
import os
os.fchmod(os.open("/tmp/renames", os.O_RDWR | os.O_CREAT | os.O_TRUNC), 0o666)
rename = os.rename
def counting(*names):
    count = os.open("/tmp/renames", os.O_RDWR | os.O_APPEND)
    os.write(count, b".")
    if os.fstat(count).st_size == ${nth}:
        os.kill(os.getpid(), 9)
    rename(*names)
os.rename = counting
`;

/** Every name that says who writes there, wherever Landfall writes. */
async function scraps(): Promise<string[]> {
  const places =
    '/etc /run/landfall /run/systemd/system.control /srv/shop /usr/local/lib/landfall /var/lib/landfall';
  const names = `-regex '.*\\.[0-9]+\\.new' -o -path '*/landfall/verify.*'`;
  const found = await shop.root(`find ${places} ${names} -o -name '.partial-*' 2>/dev/null || true`);
  return found.split('\n').filter((path) => path !== '');
}

/** The files that lay there after a kill, without their numbers. */
const seen = new Set<string>();

/** Lets a program be killed at its n-th rename, and begins the next deploy. Whether it got through. */
async function tornOff(nth: number, program: string, input: Buffer): Promise<boolean> {
  const ended = await shop.ssh('root', `/usr/bin/python3 -I -c '${killedAt(nth)}${program}'`, input);
  for (const path of await scraps()) {
    seen.add(
      path
        .replace(/\d+-c0ffee1/, 'N')
        .replace(/gate-\w+/, 'gate')
        .replace(/units\/\d+/, 'units/N')
        .replace(/[.-]\d+(?=[./]|-\d|$)/g, ''),
    );
  }
  await nextDeploy();
  assert.deepEqual(await scraps(), []);
  return ended.stdout !== '' && (JSON.parse(ended.stdout) as Answer<Verb>).ok;
}

/** More than any request makes. */
const MOST_RENAMES = 20;

/**
 * The same at each rename of a request in turn. A request that finds its first files written makes fewer renames
 * (`settles`): so it is killed at the same number once more.
 */
async function verb<V extends Verb>(
  verb: V,
  fields: () => Verbs[V]['request'],
  { payload = '', settles = false } = {},
): Promise<void> {
  const helper = `import runpy\nrunpy.run_path("${HELPER_PATH}", run_name="__main__")`;
  const input = () => {
    const line = JSON.stringify({ protocol: PROTOCOL, verb, service: 'shop', ...fields() });
    return Buffer.concat([Buffer.from(`${line}\n`), Buffer.from(payload, 'base64')]);
  };
  for (let nth = 1; nth < MOST_RENAMES; nth += 1) {
    if (await tornOff(nth, helper, input())) return;
    if (settles && (await tornOff(nth, helper, input()))) return;
  }
  assert.fail('it never got through');
}

test('nothing is left of a writer that was killed, wherever it wrote', async () => {
  const deploy = { engine: 'engine-a', commit: 'c0ffee1c0ffee1', by: 'ada', takeOver: true };
  await verb('claim', () => ({ ...deploy, run: `torn-${runs}` }));
  const tar = archive({ 'requirements.txt': '' });
  await verb('stage', () => stageRequest(claim, 'tree', tar), { payload: tar.toString('base64') });
  const release = (await shop.call('stage', stageRequest(claim, 'tree', tar), tar)).release ?? '';

  const wanted = () => environmentRequest(claim, release, ['requirements.txt']);
  const { path } = await shop.call('environment', wanted());
  await shop.root(`runuser -u deploy -- sh -c 'umask 022; mkdir -p ${path}/bin && touch ${path}/.landfall-complete'
    install -m 755 /dev/stdin ${path}/bin/python <<'END'
${BESIDE}END`);
  await verb('environment', wanted);

  const address = { host: shop.host.address, port: 8041 };
  const change = () => ({ claim: { ...claim, seq: 1 }, release });
  const start = () => ({ ...change(), address, trial: true, waitMilliseconds: 5_000 });
  await verb('install-instance', () => ({ ...change(), ...unitOf(release, address) }), { settles: true });
  await verb('start', start);
  await shop.call('start', start());
  await verb('switch', change, { settles: true });
  await verb('mark-good', () => ({ ...change(), keep: 5, outcome: 'deployed' }));

  const setup = { protocol: PROTOCOL, verb: 'setup', policy, apply: true, authorizedKey: null };
  const line = `${JSON.stringify({ ...setup, bytes: helperSource.length })}\n`;
  const input = Buffer.concat([Buffer.from(line), helperSource]);
  await shop.root('for gate in /usr/local/lib/landfall/gate-*; do echo >> $gate/landfall_gate/conf.py; done');
  await tornOff(1, SETUP_BOOTSTRAP, input);
  await shop.applied();
  const undone = `rm /etc/shop.env; chmod 700 ${HELPER_PATH}; chmod 400 /etc/sudoers.d/landfall-deploy; chmod 600 /etc/landfall/shop.json`;
  let nth = 1;
  do await shop.root(undone);
  while (!(await tornOff(nth, SETUP_BOOTSTRAP, input)) && nth++ < MOST_RENAMES);
  assert.ok(nth < MOST_RENAMES, 'it never got through');

  assert.deepEqual([...seen].sort(), [
    '/etc/landfall/shop.json.new',
    '/etc/shop.env.new',
    '/etc/sudoers.d/.landfall.new.new',
    '/etc/sudoers.d/landfall-deploy.new',
    '/etc/systemd/system/shop.service.new',
    '/etc/systemd/system/shop.socket.new',
    '/etc/systemd/system/shop@N.service.new',
    '/run/landfall/trials/shop@N.new',
    '/run/landfall/verify',
    '/run/landfall/verify/shop@N.service.new',
    '/run/systemd/system.control/shop.service.new',
    '/run/systemd/system.control/shop.socket.new',
    '/srv/shop/current.new',
    '/srv/shop/last-good.new',
    '/srv/shop/releases/.partial',
    '/srv/shop/releases/N/.venv.new',
    '/usr/local/lib/landfall/gate/landfall_gate/__init__.py.new',
    '/usr/local/lib/landfall/landfall-host.new',
    '/var/lib/landfall/shop/releases/N.json.new',
    '/var/lib/landfall/shop/state.json.new',
    '/var/lib/landfall/shop/units/N/before.json.new',
  ]);
});

/** No process ever has this number. */
const NOBODY = 5_000_000;

test("what a process still writes is left to it, unless its number is another one's by now", async () => {
  const state = '/var/lib/landfall/shop/state.json';
  const places = (writer: string) => `${state}.${writer}.new /etc/sudoers.d/.landfall-${writer}.new`;
  const all = `${places('1')} /run/landfall/verify.1`;
  await shop.root(`touch ${places('1')}; mkdir -p /run/landfall/verify.1`);
  await nextDeploy();
  assert.equal(await shop.root(`ls -d ${all} | wc -l`), '3');
  await shop.root(`touch -d '2 hours ago' ${all}`);
  await nextDeploy();
  assert.equal(await shop.root(`ls -d ${all} 2>/dev/null | wc -l`), '0');
});

test('files of others are left alone, however similar their names', async () => {
  const scrap = `${NOBODY}.new`;
  const others = [
    `/etc/systemd/system/shop-api.service.${scrap}`,
    `/etc/systemd/system/shop@blue.service.${scrap}`,
    `/etc/systemd/system/shop.service.${scrap}.old`,
    '/etc/systemd/system/shop.service.new',
    `/etc/landfall/shop-api.json.${scrap}`,
    `/etc/sudoers.d/landfall-deployer.${scrap}`,
    `/etc/shop-env.${scrap}`,
    `/var/lib/landfall/shop/notes.${scrap}`,
    `/srv/shop/shared/state.json.${scrap}`,
  ];
  await shop.root(`touch ${others.join(' ')}`);
  // Right names, but with what Landfall never writes there: secrets, another's file, a link, a directory, a file.
  const releases = await shop.root('ls -d /srv/shop/releases/*-*');
  const odd = [
    `/etc/shop.env.${scrap}`,
    `/etc/landfall/shop.json.${scrap}`,
    `/var/lib/landfall/shop/state.json.${scrap}`,
    `/etc/systemd/system/shop.service.${scrap}`,
    `${releases.split('\n')[0]}/.venv.${scrap}`,
  ];
  await shop.root(`echo TOKEN=x > ${odd[0]}; touch ${odd[1]} ${odd[4]}; chown shop ${odd[1]}
    ln -s /etc/hostname ${odd[2]}; mkdir ${odd[3]}`);
  await nextDeploy();
  for (const path of [...others, ...odd]) await shop.root(`ls -d ${path}`);
  await shop.root(`rm -r ${[...others, ...odd].join(' ')}`);
});
