import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectNowhere } from '../harness/invariants';
import { MARKERS, shop } from '../harness/shop';
import { until } from '../harness/until';
import { usersMeanwhile } from '../harness/users';
import { World } from '../harness/world';

/** Values that systemd, a shell or dotenv would read otherwise. */
const VALUES = {
  QUOTES: `it's "quoted" and \\ too`,
  DOLLAR: '$HOME $USER %n # no comment',
  LINES: '-----BEGIN KEY-----\n  second: line\n\nlast\n',
  UNICODE: 'Grüße 🐍 ',
  EMPTY: '',
};
const LINES = `
# As in a dotenv file.
export QUOTES="it's \\"quoted\\" and \\\\ too"
DOLLAR=$HOME $USER %n # no comment
LINES="-----BEGIN KEY-----
  second: line

last
"
UNICODE='Grüße 🐍 '
EMPTY=
`;
const GOOD = 'postgres://shop:first-password@db/shop';
const BAD = 'postgres://shop:wrong-password@db/shop';
const NEW = 'postgres://shop:second-password@db/shop';

/** Answers with what it has, but refuses one value of DATABASE_URL, which it prints as careless apps do. */
const APP = `
def refused():
    url = os.environ.get("DATABASE_URL", "")
    if "wrong" in url:
        print("cannot connect to", url, file=sys.stderr, flush=True)
        return "no database at " + url

CHECKS.append(refused)

@app.get("/env")
async def env():
    names = ("QUOTES", "DOLLAR", "LINES", "UNICODE", "EMPTY", "DATABASE_URL", "ADDED")
    return 200, {name: os.environ[name] for name in names if name in os.environ}
`;
const WORKER = `
import os, pathlib, time
pathlib.Path("${MARKERS}/worker").write_text(os.environ.get("DATABASE_URL", "none"))
while True:
    time.sleep(1)
`;

describe('landfall env and restart, on two real hosts', () => {
  const settings = {
    readiness: { timeout: '8s', requestTimeout: '1s', successes: 2 },
    rehearse: { timeout: '5s' },
    env: { DOLLAR: 'of landfall.yaml' },
    migrate: { command: ['sh', '-c', `echo "$DATABASE_URL" >> ${MARKERS}/migrated`] },
    processes: { worker: { command: 'python worker.py', drain: '1s', stable: '300ms' } },
  };
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap', hosts: 2 });
    world.configure(settings);
    for (const host of world.hosts) await host.root(`install -d -o shop -g shop -m 750 ${MARKERS}`);
    const deployed = await world.deploy(
      world.repository.commit('one', { ...shop('1', APP), 'worker.py': WORKER }),
    );
    assert.equal(deployed.code, 0, deployed.output);
  });
  after(() => world?.stop());

  const live = async () => (await world.host.root('readlink /srv/shop/current')).stdout.trim();
  const environments = () =>
    Promise.all(world.hosts.map(async (host) => JSON.parse((await world.ask('/env', host)).body)));
  async function restarted(): Promise<string> {
    const ran = await world.landfall('restart', 'shop');
    assert.equal(ran.code, 0, ran.output);
    return ran.output;
  }
  async function set(name: string, value: string): Promise<string> {
    const ran = await world.env(['set', 'shop', name], `${value}\n`);
    assert.equal(ran.code, 0, ran.output);
    return ran.output;
  }

  it('gives the app exactly the values, by a switch that loses no request', async () => {
    const lines = await world.env(['set', 'shop'], LINES);
    assert.equal(lines.code, 0, lines.output);
    assert.match(
      lines.output,
      /environment 1: DOLLAR added, EMPTY added, LINES added, QUOTES added, UNICODE added/,
    );
    assert.match(lines.output, /env: in landfall\.yaml has DOLLAR too/);
    const url = await set('DATABASE_URL', GOOD);
    assert.match(url, /environment 2 \(before: 1\): DATABASE_URL added/);
    assert.match(url, /DATABASE_URL is in \/etc\/shop\/env too/);
    assert.match(url, /landfall restart shop --env production/);

    const before = await live();
    const { result, users } = await usersMeanwhile(world.host, restarted);
    assert.equal(users.failed, 0, JSON.stringify(users));
    assert.match(result, /RESTARTED \w{7} of shop in production\./);
    assert.match(result, /ready, last good; environment 2\)/);
    assert.notEqual(await live(), before);
    for (const found of await environments()) assert.deepEqual(found, { ...VALUES, DATABASE_URL: GOOD });
    for (const host of world.hosts) {
      await until(async () => (await host.root(`cat ${MARKERS}/worker`)).stdout === GOOD);
      const files = await host.root(
        'stat -c "%a %U" /var/lib/landfall/shop/env /var/lib/landfall/shop/env/*',
      );
      assert.deepEqual([...new Set(files.stdout.trim().split('\n'))], ['700 root', '600 root']);
      const units = await host.root("cat /etc/systemd/system/shop@*; systemctl show 'shop@*'");
      assert.ok(!units.stdout.includes('first-password'), 'no value in a unit');
    }
    assert.equal(
      (await world.host.root(`wc -l < ${MARKERS}/migrated`)).stdout.trim(),
      '1',
      'only the deploy',
    );
    await expectNowhere(world, ['first-password', 'BEGIN KEY'], result, lines.output, url);
  });

  it('never puts a bad environment live, and shows no value of it', async () => {
    const changed = await set('DATABASE_URL', BAD);
    const before = await live();
    const { result, users } = await usersMeanwhile(world.host, () => world.landfall('restart', 'shop'));
    assert.equal(result.code, 2, result.output);
    assert.equal(users.failed, 0, JSON.stringify(users));
    assert.match(result.output, /no database at \[redacted:DATABASE_URL\]/);
    assert.equal(await live(), before);
    for (const found of await environments()) assert.equal(found.DATABASE_URL, GOOD);
    const listed = await world.env(['list', 'shop']);
    assert.match(listed.output, /has environment 2: a restart or a deploy applies the newest one/);
    assert.match(listed.output, /DATABASE_URL {2}since 3, /);
    const status = await world.landfall('status', 'shop');
    assert.match(status.output, /not touched; environment 2 \(now: 3\)/);
    await expectNowhere(world, ['wrong-password'], changed, result.output, listed.output, status.output);
  });

  it('goes back to the environment of the release, and a migration gets that of its own', async () => {
    await set('DATABASE_URL', NEW);
    const next = await world.deploy(
      world.repository.commit('two', { ...shop('2', APP), 'worker.py': WORKER }),
    );
    assert.equal(next.code, 0, next.output);
    assert.match((await world.host.root(`tail -1 ${MARKERS}/migrated`)).stdout, /second-password/);
    for (const found of await environments()) assert.equal(found.DATABASE_URL, NEW);
    const back = await world.landfall('rollback', 'shop');
    assert.equal(back.code, 0, back.output);
    assert.match(back.output, /start \S+ alongside with environment 2 \(now: 4\)/);
    assert.match(back.output, /ready, last good; environment 2 \(now: 4\)/);
    for (const found of await environments()) assert.deepEqual(found, { ...VALUES, DATABASE_URL: GOOD });
    await until(async () => (await world.host.root(`cat ${MARKERS}/worker`)).stdout === GOOD);
    const diff = await world.env(['diff', 'shop']);
    assert.equal(diff.code, 1);
    assert.match(diff.output, /from environment 2 to 4: DATABASE_URL changed/);
    await expectNowhere(world, ['second-password'], next.output, back.output, diff.output);
  });

  it('loses none of several changes at the same time', async () => {
    const names = ['ONE', 'TWO', 'THREE'];
    const all = await Promise.all(names.map((name) => world.env(['set', 'shop', name], `value of ${name}`)));
    for (const ran of all) assert.equal(ran.code, 0, ran.output);
    const { output } = await world.env(['list', 'shop']);
    for (const name of names) assert.match(output, new RegExp(`^ +${name} `, 'm'));
    assert.doesNotMatch(output, /differs|is not set on/);
    const removed = await world.env(['unset', 'shop', ...names, 'GONE']);
    assert.match(removed.output, /ONE removed, THREE removed, TWO removed; GONE was not set/);
  });

  it('names a host that has another value, and changes nothing while a host cannot be asked', async () => {
    const [one, two] = world.hosts;
    const only = await world.env(['set', 'shop', 'ADDED', '--host', one.name], 'on one host');
    assert.equal(only.code, 0, only.output);
    const diff = await world.env(['diff', 'shop']);
    assert.equal(diff.code, 1);
    assert.match(diff.output, new RegExp(`ADDED is not set on ${two?.name} \\(set on ${one.name}\\)`));

    await two?.root('mv /usr/local/lib/landfall/landfall-host /usr/local/lib/landfall/away');
    const failed = await world.env(['set', 'shop', 'ADDED'], 'everywhere');
    await two?.root('mv /usr/local/lib/landfall/away /usr/local/lib/landfall/landfall-host');
    assert.equal(failed.code, 1);
    assert.match(failed.output, new RegExp(`✗ ${two?.name}: .*\\n.*Nothing was changed on any host`));
    assert.match(failed.output, new RegExp(`--host ${one.name}`));
    const again = await world.env(['set', 'shop', 'ADDED'], 'everywhere');
    assert.equal(again.code, 0, again.output);
    assert.doesNotMatch((await world.env(['diff', 'shop'])).output, /ADDED is not set/);
  });

  it('restarts a service of strategy restart likewise: a bad environment is rejected before', async () => {
    world.configure({ ...settings, strategy: 'restart' });
    await set('DATABASE_URL', BAD);
    const before = await live();
    const bad = await world.landfall('restart', 'shop');
    assert.equal(bad.code, 2, bad.output);
    assert.equal(await live(), before);
    await set('DATABASE_URL', NEW);
    await restarted();
    for (const found of await environments()) assert.equal(found.DATABASE_URL, NEW);
    const units = await world.host.root('cat /etc/systemd/system/shop.service');
    assert.match(units.stdout, /^StandardInput=file:\/var\/lib\/landfall\/shop\/env\/\d+\.json$/m);
    // Alone too: nothing has changed since.
    await restarted();
    await expectNowhere(world, ['wrong-password', 'second-password'], bad.output);
  });
});
