import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControllerFacts, factsFrom, NEEDED } from '../../../../src/controller/install/facts';
import { planInstall } from '../../../../src/controller/install/plan';
import { problemsIn, statusLines } from '../../../../src/controller/install/status';

const contents = {
  name: '0.1.0-abc',
  version: '0.1.0',
  node: 'v24.1.0',
  machine: 'Linux x86_64',
  bytes: 340 * 2 ** 20,
};
const wanted = { contents, port: 7233, knownHosts: ['web1 ssh-ed25519 AAAA'], unknown: [] };

/** The output of the script on a machine that has nothing of Landfall, with these lines changed or added. */
function said(changes: Record<string, string | null> = {}): string {
  const lines = {
    root: '0',
    hostname: 'ops',
    machine: 'Linux x86_64',
    system: 'Debian GNU/Linux 12 (bookworm)',
    systemd: '252',
    memory: `${2 ** 31} ${2 ** 30}`,
    space: '4.2e+10 42000000000',
    ...changes,
  };
  return [
    'Last login: landfall:machine=none',
    ...NEEDED.map((program) => `landfall:program=${program}`),
    'landfall:program=nft',
    ...Object.entries(lines).flatMap(([name, value]) =>
      value === null ? [] : [`landfall:${name}=${value}`],
    ),
  ].join('\n');
}

function facts(changes: Record<string, string | null> = {}): ControllerFacts {
  const found = factsFrom(said(changes));
  assert.ok(found);
  return found;
}

const installed = {
  'user-home': '/var/lib/landfall-controller',
  current: 'versions/0.1.0-abc',
  version: '0.1.0-abc',
  command: '/opt/landfall-controller/current/bin/landfall',
  port: '7233',
  listener: '7233 987',
  'public-key': 'ssh-ed25519 AAAA ops',
  'known-host': 'web1 ssh-ed25519 AAAA',
  firewall: 'yes',
  engine: 'serves',
  'open-runs': 'known',
};
const running = (unit: string) =>
  ['ActiveState active', 'SubState running', 'UnitFileState enabled', 'MemoryCurrent 104857600']
    .map((property) => `landfall:unit=landfall-${unit}.service ${property}`)
    .join('\n');
const whole = factsFrom([said(installed), running('engine'), running('worker')].join('\n'));

test('an empty machine has everything to do', () => {
  const { problems, actions, warnings } = planInstall(facts(), wanted);
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings, []);
  assert.ok(actions.every(({ done }) => !done));
  assert.match(
    actions.map(({ what }) => what).join('\n'),
    /Node v24\.1\.0 and Temporal: 340 MB.*host keys of web1/s,
  );
});

test('an installed controller has nothing to do, and can deploy', () => {
  assert.ok(whole);
  const { problems, actions } = planInstall(whole, wanted);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    actions.filter(({ done }) => !done),
    [],
  );
  assert.deepEqual(problemsIn(whole, 'ops'), []);
  assert.match(statusLines(whole, 'ops').join('\n'), /worker {3}active|worker +active \(running\), 100 MB/);
});

const REFUSED: [string, Record<string, string | null>, RegExp][] = [
  [
    'another processor',
    { machine: 'Linux aarch64' },
    /is Linux aarch64, .* for Linux x86_64\. .*--node FILE/,
  ],
  ['another init', { systemd: null }, /systemd does not run there/],
  ['an old systemd', { systemd: '241' }, /systemd 241 is too old: a controller needs 247/],
  [
    'a foreign user',
    { 'user-home': '/home/landfall' },
    /A user landfall with the home \/home\/landfall exists/,
  ],
  ['a taken port', { listener: '7233 1000' }, /user 1000 listens on port 7233 .*--port PORT/],
  ['another port', { port: '7300' }, /has the port 7300\. Leave --port out/],
  ['a full disk', { space: '1000 1000' }, /has room for 1 MB, and needs 540 MB/],
  ['little memory', { memory: '200000000 1000' }, /has 191 MB of memory, and a controller needs 400 MB/],
];
for (const [name, change, sentence] of REFUSED) {
  test(`${name} is refused in one sentence`, () => {
    const { problems } = planInstall(facts(change), wanted);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', sentence);
  });
}

test('missing programs are named with their packages', () => {
  const without = {
    ...facts(),
    programs: NEEDED.filter((program) => !['git', 'ssh-keygen'].includes(program)),
  };
  const { problems, warnings } = planInstall(without, wanted);
  assert.match(problems.join(), /missing there: git, ssh-keygen\. .*apt-get install git openssh-client/);
  assert.match(warnings.join(), /nft is missing: every user .* port 7233, and may deploy/);
});

test('a foreign command stays, and is named', () => {
  const { warnings } = planInstall(facts({ command: 'file' }), wanted);
  assert.match(warnings.join(), /\/usr\/local\/bin\/landfall is another program and stays/);
});

test('a script that did not run gives no facts', () => {
  assert.equal(factsFrom('sudo: a password is required'), null);
});

test('the status names a service that does not run, and the missing rule', () => {
  const down = facts({ ...installed, firewall: null, engine: null, 'open-runs': null });
  assert.match(
    problemsIn(down, 'root@ops').join('\n'),
    /landfall-worker\.service does not run\. Look at: landfall controller logs root@ops/,
  );
  assert.match(statusLines(down, 'root@ops').join('\n'), /runs +not known.*rule of nftables is not there/s);
});
