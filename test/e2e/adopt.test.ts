import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { answerAt } from '../harness/answer';
import { OLD_PORT, setUpByHand } from '../harness/hand-made';
import type { Ran } from '../harness/run-command';
import { MARKERS, shop } from '../harness/shop';
import { until } from '../harness/until';
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

/** The master starts, and its workers end at once. */
const ENDS_IN_SERVICE = `
if IN_SERVICE:
    raise RuntimeError("broken")
`;

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
    return (
      text
        .replaceAll(world.repository.directory, 'REPOSITORY')
        .replaceAll(world.host.address, 'ADDRESS')
        .replaceAll(world.host.name, 'HOST')
        .replaceAll(first.slice(0, 7), 'COMMIT')
        .replace(/\b[0-9a-f]{40}\b/g, 'COMMIT')
        .replace(/(\d-)[0-9a-f]{7}\b/g, '$1COMMIT')
        .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7}\b/g, 'COMMIT')
        .replace(/\b[0-9a-f]{16}\b/g, 'ENVIRONMENT')
        .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'RUN')
        .replace(/\d+(\.\d+)? (k?B|ms|s)\b/g, 'N $2')
        .replace(/about \d+ MiB/, 'about N MiB')
        // Both are asked at the same time.
        .replace(/^(.* what is live, .*\n)(.* which commit is .*\n)/gm, '$2$1')
    );
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
    const commit = world.repository.commit('two', shop('two'));
    const { ran, good, failed, longest } = await whileUsersAsk(() => world.deploy(commit));
    assert.equal(ran.code, 0, ran.output);
    assert.match((await inFront('/')).body, /"version":"two"/);
    t.diagnostic(`requests at the takeover: ${good} good, ${failed} failed; the longest took ${longest} ms`);
    assert.ok(good > 0);
    assert.equal(failed, 0, 'connections wait in the socket while the old unit ends and the release starts');
    assert.equal(await asRoot('git -c safe.directory=* -C /srv/shop rev-parse HEAD'), `${first}\n`);
  });

  it('goes back from a bad release, and to the release before when a person asks', async () => {
    const ends = await world.deploy(world.repository.commit('ends', shop('ends', ENDS_IN_SERVICE)));
    assert.equal(ends.code, 2, ends.output);
    isAsKept('bad-deploy.txt', withoutJournal(ends.output));
    const three = await world.deploy(world.repository.commit('three', shop('three')));
    assert.equal(three.code, 0, three.output);
    isAsKept('deploy.txt', three.output);
    const back = await world.landfall('rollback', 'shop');
    assert.equal(back.code, 0, back.output);
    isAsKept('rollback.txt', back.output);
    assert.match((await inFront('/')).body, /"version":"two"/);
  });

  it('is given back without a failed request, and nothing that runs is of Landfall', async () => {
    await mirror();
    const asked = await whileUsersAsk(() => world.landfall('eject', 'shop', '--yes'));
    const { ran } = asked;
    assert.equal(ran.code, 0, ran.output);
    isAsKept('eject.txt', ran.output);
    assert.ok(asked.good > 0);
    assert.equal(asked.failed, 0);
    isAsKept('shop.service', await asRoot('cat /etc/systemd/system/shop.service'));
    isAsKept('deploy.sh', await asRoot('cat /srv/shop-releases/deploy.sh'));
    assert.equal(await asRoot("systemctl list-units --plain --no-legend 'shop@*'"), '');
    assert.equal((await world.host.root('ls -d /etc/systemd/system/shop@*')).stdout, '');
    const environment = await asRoot('cat /proc/$(systemctl show -p MainPID --value shop)/environ');
    assert.doesNotMatch(environment, /LANDFALL/);
    assert.match(
      environment,
      /SMTP_PASSWORD=swordfish .*DATABASE_URL=|DATABASE_URL=.*SMTP_PASSWORD=swordfish /s,
    );
    const again = await world.landfall('eject', 'shop', '--yes');
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /shop is ejected already; nothing to do/);
    const deploy = await world.deploy(first);
    assert.equal(deploy.code, 2, deploy.output);
    assert.match(deploy.output, /was given back on this host by `landfall eject`/);
  });

  it('is deployed by the script alone, which goes back from a bad commit', async () => {
    world.repository.commit('four', shop('four'));
    await mirror();
    const four = await world.host.root('/srv/shop-releases/deploy.sh main 2>&1');
    assert.equal(four.code, 0, four.stdout);
    assert.match((await inFront('/')).body, /"version":"four"/);
    world.repository.commit('ends again', shop('five', ENDS_IN_SERVICE));
    await mirror();
    const five = await world.host.root('/srv/shop-releases/deploy.sh main 2>&1');
    assert.equal(five.code, 2, five.stdout);
    isAsKept('script.txt', `${four.stdout}${five.stdout}`);
    assert.match((await inFront('/')).body, /"version":"four"/);
    const refused = await world.host.root('/srv/shop-releases/deploy.sh nowhere 2>&1');
    assert.deepEqual([refused.code, refused.stdout], [1, 'deploy: the repository has no nowhere\n']);
  });

  it('serves without Landfall on the host, also after a power loss', async () => {
    const ran = await world.landfall('setup', world.host.address, '--remove', '--data', '--yes');
    assert.equal(ran.code, 0, ran.output);
    const left =
      'ls -d /etc/landfall /var/lib/landfall /usr/local/lib/landfall /run/landfall /etc/sudoers.d/landfall*';
    assert.equal((await world.host.root(`${left} 2>/dev/null`)).stdout, '');
    assert.match((await inFront('/')).body, /"version":"four"/);
    await world.host.powerLoss();
    await until(async () =>
      (await answerAt(`http://${world.host.address}:${OLD_PORT}/`)).body.includes('"four"'),
    );
  });

  /** The repository, where the host reaches it. */
  async function mirror(): Promise<void> {
    const { directory } = world.repository;
    const bundle = execFileSync('git', ['-C', directory, 'bundle', 'create', '-q', '-', '--all']);
    const command = `base64 -d > /tmp/bundle && rm -rf ${directory} && git clone -q --mirror /tmp/bundle ${directory} && chown -R deploy: ${directory}`;
    const ran = await world.host.root(command, { input: bundle.toString('base64') });
    assert.equal(ran.code, 0, ran.stderr);
  }

  /** Asks through nginx, without a pause, until the work has ended. */
  async function whileUsersAsk(
    work: () => Promise<Ran>,
  ): Promise<{ ran: Ran; good: number; failed: number; longest: number }> {
    const asked = { good: 0, failed: 0, longest: 0 };
    let stopped = false;
    const users = (async () => {
      while (!stopped) {
        const began = performance.now();
        const { status } = await inFront('/');
        asked[status === 200 ? 'good' : 'failed'] += 1;
        asked.longest = Math.max(asked.longest, Math.round(performance.now() - began));
      }
    })();
    const ran = await work();
    stopped = true;
    await users;
    return { ran, ...asked };
  }

  /** As users ask, through nginx. */
  function inFront(path: string) {
    return answerAt(`http://${world.host.address}:8080${path}`);
  }
});

/** Without the journal and the state of the unit, which differ from run to run. */
function withoutJournal(text: string): string {
  return text.replace(/^( {4}\d\d:\d\d:\d\d\.|Unit on ).*\n/gm, '');
}
