import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { shop } from '../harness/shop';
import type { Strategy } from '../harness/world';
import { World } from '../harness/world';

/** As Alembic does: goes to the newest revision that the code knows, and refuses a database that is ahead. */
const MIGRATION = `
import os
known = sorted(os.listdir("revisions"))
state = "data/revision"
current = open(state).read() if os.path.exists(state) else ""
if current and current not in known:
    raise SystemExit("Can't locate revision identified by '%s'" % current)
open(state, "w").write(known[-1])
`;

/** The landfall.yaml for a release of this kind. */
const FIRST = {
  app: 'main:app',
  env: { FLAVOUR: 'plain' },
  gunicorn: { workers: 2, gracefulTimeout: '5s' },
  soak: { time: '2s', interval: '1s' },
};
const SECOND = {
  app: 'web.shop:app',
  requirements: ['requirements/base.txt'],
  env: { FLAVOUR: 'sweet', ADDED: 'yes' },
  gunicorn: { workers: 1, gracefulTimeout: '5s', configFile: 'web/conf.py' },
  readiness: { path: '/alive', timeout: '10s', requestTimeout: '2s', successes: 3 },
  soak: { time: '1s', interval: '1s' },
};
const BOTH = { migrate: { command: ['python', 'upgrade.py'] }, shared: ['data'] };

export function rollbackCases(strategy: Strategy): void {
  describe(`landfall rollback across a migration and a change of every setting: ${strategy}`, () => {
    let world: World;
    let first: string;
    let second: string;
    before(async () => {
      world = await World.start({ strategy });
      const { 'main.py': main, ...files } = shop('one');
      world.configure({ ...BOTH, ...FIRST });
      first = await deployed({ ...files, 'main.py': main, 'upgrade.py': MIGRATION, 'revisions/1': '' });
      world.configure({ ...BOTH, ...SECOND });
      const moved = {
        'main.py': null,
        'web/__init__.py': '',
        'web/conf.py': '',
        'web/shop.py': main
          .replaceAll('/health/ready', '/alive')
          .replace('VERSION = "one"', 'VERSION = "two"'),
        'requirements.txt': null,
        'requirements/base.txt': files['requirements.txt'],
      };
      second = await deployed({ ...moved, 'revisions/2': '' });
    });
    after(() => world?.stop());

    async function deployed(files: Record<string, string | null>): Promise<string> {
      const sha = world.repository.commit('good', files);
      const ran = await world.deploy(sha);
      assert.equal(ran.code, 0, ran.output);
      return sha;
    }

    /** The environment of what serves, asked of the kernel. */
    async function flavour(): Promise<string> {
      const { stdout } = await world.host.root(
        `for pid in $(systemctl show -p MainPID --value shop.service 'shop@*.service'); do
          [ "$pid" = 0 ] || { tr '\\0' '\\n' < /proc/$pid/environ | grep -E '^(FLAVOUR|ADDED)=' | sort; pgrep -cP $pid; }
        done`,
      );
      return stdout.trim().split('\n').join(' ');
    }

    it('neither migrates nor soaks, and starts the old release as it was when it was good', async () => {
      assert.equal(await flavour(), 'ADDED=yes FLAVOUR=sweet 1');
      const back = await world.landfall('rollback', 'shop');
      assert.equal(back.code, 0, back.output);
      assert.doesNotMatch(back.output, /migrate|soak for/);
      const proof = strategy === 'restart' ? /import main:app/ : /start \S+ alongside · landfall gate/;
      assert.match(back.output, proof);
      await expectTidy(world, { live: await releaseOf(world, first) });
      assert.match((await world.ask('/')).body, /one/);
      assert.equal((await world.ask('/health/ready')).status, 200);
      assert.equal(await flavour(), 'FLAVOUR=plain 2');
      const { stdout } = await world.host.root('cat /srv/shop/shared/data/revision');
      assert.equal(stdout, '2', 'the database stays ahead');
    });

    it('keeps what it went back to as good as it was: it boots, and a failed deploy goes back to it', async () => {
      const bad = shop('bad');
      const files = { 'main.py': bad['main.py'].replace('"/health/ready"', '"/nowhere"') };
      const commit = world.repository.commit('bad', files);
      world.configure({ ...BOTH, ...FIRST, ...{ requirements: ['requirements/base.txt'], rehearse: false } });
      const ran = await world.deploy(commit);
      assert.ok(ran.code === 2 || ran.code === 3, ran.output);
      assert.equal(await liveRelease(world), await releaseOf(world, first));
      assert.equal(await flavour(), 'FLAVOUR=plain 2');
    });

    // A soak and a record are the same with either strategy.
    if (strategy === 'restart')
      it('soaks as the old release did when that is asked for', async () => {
        world.configure({ ...BOTH, ...SECOND });
        const again = await world.deploy(second, '--again');
        assert.equal(again.code, 0, again.output);
        const back = await world.landfall('rollback', 'shop', '--soak');
        assert.equal(back.code, 0, back.output);
        assert.match(back.output, /soak for 2 s/);
        assert.equal(await flavour(), 'FLAVOUR=plain 2');
      });

    if (strategy === 'overlap')
      it('asks nothing that a host has made up, and takes landfall.yaml instead', async () => {
        let questions = 0;
        const internal = createServer((_, response) => {
          questions += 1;
          response.end();
        });
        await new Promise<void>((resolve) => internal.listen(0, '127.0.0.1', resolve));
        const { port } = internal.address() as AddressInfo;
        world.configure({ ...BOTH, ...SECOND });
        const again = await world.deploy(second, '--again');
        assert.equal(again.code, 0, again.output);
        // Every good release of the host names an address of the controller's own as its readiness.
        const { stdout } = await world.host.root(`python3 - <<'E'
import glob, json
for path in glob.glob('/var/lib/landfall/shop/releases/*.json'):
    entry = json.load(open(path))
    if entry.get('kept'):
        payload = json.loads(entry['kept']['payload'])
        payload['settings']['readiness']['url'] = 'http://127.0.0.1:${port}/'
        entry['kept']['payload'] = json.dumps(payload)
        json.dump(entry, open(path, 'w'))
        print(path)
E
`);
        assert.equal(stdout.trim().split('\n').length, 2, 'the records of both releases are changed');
        world.configure({ ...BOTH, ...FIRST });
        const back = await world.landfall('rollback', 'shop');
        internal.close();
        assert.equal(back.code, 0, back.output);
        assert.match(back.output, /kept of \S+ is not signed with the key of this controller/);
        assert.equal(questions, 0);
        assert.equal(await flavour(), 'FLAVOUR=plain 2');
      });
  });
}
