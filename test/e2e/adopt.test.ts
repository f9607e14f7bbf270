import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { answerAt } from '../harness/answer';
import { setUpByHand } from '../harness/hand-made';
import type { Ran } from '../harness/run-command';
import { MARKERS, shop } from '../harness/shop';
import { World } from '../harness/world';

/** Other parts of the service, as they lie around on such a host. */
const NEIGHBOURS = {
  '/etc/systemd/system/shop-worker.service':
    '[Service]\nUser=www-data\nWorkingDirectory=/srv/shop\nExecStart=/srv/shop/venv/bin/celery -A shop worker -c 2\n',
  '/etc/systemd/system/shop-cleanup.service':
    '[Service]\nType=oneshot\nUser=www-data\nWorkingDirectory=/srv/shop\nExecStart=/srv/shop/venv/bin/python manage.py cleanup\n',
  '/etc/systemd/system/shop-cleanup.timer': '[Timer]\nOnCalendar=daily\n',
  '/etc/systemd/system/shop.service.d/limits.conf': '[Service]\nLimitNOFILE=65536\nNice=5\n',
  '/etc/cron.d/shop': '0 4 * * * www-data API_TOKEN=swordfish /srv/shop/venv/bin/python report.py\n',
};

describe('a service that a person has set up by hand', () => {
  let world: World;
  let first: string;
  before(async () => {
    world = await World.start({ strategy: 'overlap', setUp: false });
    first = world.repository.commit('one', shop('one'));
    await setUpByHand(world.host, { repository: world.repository.directory });
  });
  after(() => world?.stop());

  function adopt(...args: string[]): Promise<Ran> {
    const { address } = world.host;
    return world.controller.run(['adopt', `deploy@${address}`, 'shop.service', ...args]);
  }

  /** Without what differs from run to run. */
  function plain(text: string): string {
    return text
      .replaceAll(world.repository.directory, 'REPOSITORY')
      .replaceAll(world.host.address, 'ADDRESS')
      .replaceAll(world.host.name, 'HOST')
      .replaceAll(first.slice(0, 7), 'COMMIT')
      .replace(/about \d+ MiB/, 'about N MiB');
  }

  function isAsKept(name: string, text: string): void {
    const kept = join(packageRoot(), 'test', 'e2e', 'adopted', name);
    assert.equal(plain(text), readFileSync(kept, 'utf8'));
  }

  async function asRoot(command: string): Promise<string> {
    const ran = await world.host.root(command);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  }

  it('is read with all that a release would lose, and no value leaves the host', async () => {
    for (const [path, text] of Object.entries(NEIGHBOURS))
      await asRoot(`mkdir -p $(dirname ${path}) && cat > ${path} <<'E'\n${text}E`);
    await asRoot(
      'systemctl daemon-reload && cd /srv/shop && echo "# tuned" >> main.py && touch app.db && mkdir media && touch media/a',
    );
    const file = `${world.configFile}.read`;
    const ran = await adopt('--as', 'root', '--output', file);
    assert.equal(ran.code, 0, ran.output);
    assert.doesNotMatch(ran.output, /swordfish/);
    isAsKept('everything.txt', ran.output.replace(file, 'landfall.yaml'));
    isAsKept('everything.yaml', readFileSync(file, 'utf8'));
    await asRoot(
      `rm ${Object.keys(NEIGHBOURS).join(' ')} && systemctl daemon-reload && cd /srv/shop && rm -r app.db media && sed -i '$d' main.py`,
    );
  });

  it('is read in the tree of another user without Git, and without sudo', async () => {
    await asRoot('chown -R www-data: /srv/shop');
    const ran = await adopt('--print');
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /deploy may not use sudo without a password/);
    assert.match(ran.output, /\/srv\/shop belongs to www-data, so Git was not run there/);
    assert.match(ran.output, /\/etc\/shop\.env could not be read/);
    await asRoot('chown -R deploy: /srv/shop');
  });

  it('gets its settings moved, and a landfall.yaml that is valid', async () => {
    const refused = await adopt('--as', 'root', '--move-secrets', '--output', world.configFile);
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /is there already/);
    const ran = await adopt(
      '--as',
      'root',
      '--move-secrets',
      '--yes',
      '--force',
      '--output',
      world.configFile,
    );
    assert.equal(ran.code, 0, ran.output);
    assert.doesNotMatch(ran.output, /swordfish/);
    isAsKept('moved.txt', ran.output.replace(world.configFile, 'landfall.yaml'));
    isAsKept('landfall.yaml', readFileSync(world.configFile, 'utf8'));
    assert.match(await asRoot('cat /etc/shop.env'), /^LOG_LEVEL=info\nSMTP_PASSWORD="swordfish /m);
    assert.doesNotMatch(await asRoot('cat /etc/systemd/system/shop.service'), /swordfish|LOG_LEVEL/);
    const valid = await world.controller.run(['validate', '--config', world.configFile]);
    assert.equal(valid.code, 0, valid.output);
    const done = await world.landfall('setup', world.host.address, '--yes');
    assert.equal(done.code, 0, done.output);
    const plan = await world.landfall('plan', 'shop', '--ref', first);
    assert.match(plan.output, /Nothing would be refused/);
  });

  it('serves again after a first release that does not start, asked at its own address', async () => {
    const breaks = `
if IN_SERVICE and (MARKERS / "broken").exists():
    raise RuntimeError("broken")
`;
    await asRoot(`mkdir -p ${MARKERS} && touch ${MARKERS}/broken`);
    const text = await asRoot('cat /etc/systemd/system/shop.service');
    const ran = await world.deploy(world.repository.commit('bad', shop('bad', breaks)));
    assert.equal(ran.code, 3, ran.output);
    assert.match(
      plain(ran.output),
      /a unit that Landfall did not write, ready at ADDRESS:8077\/health\/ready/,
    );
    assert.match(ran.output, /is the unit from before ready · ready after/);
    assert.equal(await asRoot('cat /etc/systemd/system/shop.service'), text);
    assert.match((await inFront('/')).body, /"version":"one"/);
    await asRoot(`rm ${MARKERS}/broken`);
  });

  it('is replaced behind its proxy by a good release, and no request fails', async (t) => {
    let stopped = false;
    const asked = { good: 0, failed: 0, longest: 0 };
    const users = (async () => {
      while (!stopped) {
        const began = performance.now();
        const { status } = await inFront('/');
        asked[status === 200 ? 'good' : 'failed'] += 1;
        asked.longest = Math.max(asked.longest, Math.round(performance.now() - began));
      }
    })();
    const ran = await world.deploy(world.repository.commit('two', shop('two')));
    stopped = true;
    await users;
    assert.equal(ran.code, 0, ran.output);
    assert.match((await inFront('/')).body, /"version":"two"/);
    const { good, failed, longest } = asked;
    t.diagnostic(`requests at the takeover: ${good} good, ${failed} failed; the longest took ${longest} ms`);
    assert.ok(good > 0);
    assert.equal(failed, 0, 'connections wait in the socket while the old unit ends and the release starts');
    assert.equal(await asRoot('git -c safe.directory=* -C /srv/shop rev-parse HEAD'), `${first}\n`);
  });

  /** As users ask, through nginx. */
  function inFront(path: string) {
    return answerAt(`http://${world.host.address}:8080${path}`);
  }
});
