import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildCommand, failedIn, missingIn } from '../../../src/activities/prepare/build-script';
import type { JobState } from '../../../src/contract/contract-types';
import { JobHost } from './job-request';
import { archive, type Files, stageRequest } from './service-host';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
});
after(() => host.shop.stop());

async function staged(content: string, files: Files, shared: string[] = []) {
  const tar = archive(files);
  const request = { ...stageRequest(host.claim, content, tar, shared), builds: true };
  const { release, built, reused } = await host.shop.call('stage', request, tar);
  assert.ok(release !== null);
  return { release, built, reused };
}

function built(release: string, step: string, commands: string[], needs: string[] = []): Promise<JobState> {
  const argv = buildCommand({ commands, needs });
  return host.job(step, '', { as: 'deploy', release, argv, writesRelease: true });
}

const complete = (release: string, open: string[], shared: string[] = []) =>
  host.shop.call('complete', { claim: host.claim, release, shared, public: open });
const as = (user: string, command: string) => host.shop.host.root(`runuser -u ${user} -- ${command}`);

test('commands build in a release that its own run alone uses until it is complete', async () => {
  const { release, ...first } = await staged('build', { 'main.py': 'x = 1' });
  assert.deepEqual(first, { built: false, reused: false });
  const job = await built(release, 'build', [
    'test "$LANDFALL_PHASE" = build && test "$LANDFALL_COMMIT" = c0ffee1c0ffee1',
    'mkdir -p "$npm_config_cache" && echo x >"$TMPDIR/x" && mkdir dist && echo built >dist/a.js',
    '! touch /srv/shop/shared/x /srv/shop/venvs/x ../other 2>/dev/null',
  ]);
  assert.deepEqual([job.result, job.exitStatus], ['success', 0], job.output);
  assert.equal(
    await host.shop.root(`stat -c '%a %U %G' /srv/shop/releases/${release}/dist/a.js`),
    '640 deploy shop',
  );
  assert.equal(await host.shop.root('ls -d /var/cache/landfall/shop/build.* 2>/dev/null || true'), '');

  assert.deepEqual(await staged('build', { 'main.py': 'x = 1' }), { release, built: false, reused: true });
  const earlier = host.claim;
  host.claim = (await host.shop.claimed('run-2'))(0);
  const other = await staged('build', { 'main.py': 'x = 1' });
  assert.notEqual(other.release, release, 'another run takes no half build');
  await complete(other.release, []);
  assert.deepEqual(await staged('build', { 'main.py': 'x = 1' }), { ...other, built: true, reused: true });
  const late = host.request('build-late', '', {
    as: 'deploy',
    release: other.release,
    argv: ['true'],
    writesRelease: true,
  });
  assert.match((await host.shop.refused('job', late)).message, /is complete, so nothing may be built/);
  const { type } = await host.shop.refused('complete', { claim: earlier, release, shared: [], public: [] });
  assert.equal(type, 'Fenced');
});

test('missing programs are named before the first command, and the command that failed by its number', async () => {
  const { release } = await staged('tools', { 'main.py': 'x = 1' });
  const missing = await built(release, 'build-missing', ['touch begun && no-such-tool x'], ['neither-this']);
  assert.deepEqual(missingIn(missing.output), ['neither-this', 'no-such-tool']);
  assert.equal(await host.shop.root(`ls /srv/shop/releases/${release}`), 'main.py');
  const failed = await built(release, 'build-failed', ['true', 'false; echo passed over', 'touch begun']);
  assert.deepEqual([failed.exitStatus, failedIn(failed.output)], [1, { number: 2, status: 1 }]);
  assert.equal(await host.shop.root(`ls /srv/shop/releases/${release}`), 'main.py');
});

test('a proxy reads the public paths of each release and of shared, and nothing else', async () => {
  const reads = async (path: string) => (await as('www-data', `cat /srv/shop/${path}`)).stdout.trim();
  const files: Files = {
    'main.py': 'secret',
    'web/dist/a.css': 'teal',
    'web/config.json': 'secret',
    static: { type: '2', link: 'web/dist' },
  };
  const shared = ['media', 'private', 'app.db'];
  const { release: first } = await staged('public-1', files, shared);
  await as(
    'shop',
    "sh -c 'cd /srv/shop/shared; echo old >media/old.png; chmod 600 media/old.png; echo x >private/x; echo x >app.db; chmod 644 app.db; chmod 755 private'",
  );
  await built(first, 'build-public', [
    'echo secret >open; chmod 666 open; mkdir inner; chmod 777 inner; echo secret >inner/x; chmod 644 inner/x',
  ]);
  const unread = { users: ['www-data'], folders: ['static', 'media'] };
  assert.deepEqual((await complete(first, [], shared)).unread, unread);
  assert.equal(await reads(`releases/${first}/static/a.css`), '');
  assert.deepEqual(await complete(first, ['static', 'media'], shared), {
    unread: null,
    notes: ['www-data may read static, media'],
  });
  const { release: second } = await staged('public-2', { ...files, 'web/dist/a.css': 'navy' }, shared);
  await complete(second, ['static', 'media'], shared);
  for (const [release, colour] of [
    [first, 'teal'],
    [second, 'navy'],
  ])
    assert.equal(await reads(`releases/${release}/static/a.css`), colour);
  assert.equal(await reads(`releases/${first}/media/old.png`), 'old');

  // Later files of the app, whatever its umask is, and in new folders.
  await as(
    'shop',
    "sh -c 'umask 077; cd /srv/shop/shared; mkdir media/new; echo new >media/new/b.png; umask 0; echo x >later.db; mkdir hidden; echo x >hidden/x'",
  );
  assert.equal(await reads('shared/media/new/b.png'), 'new');
  const others = ['main.py', 'open', 'inner/x', 'web/config.json', '.venv/x'].map(
    (name) => `releases/${first}/${name}`,
  );
  for (const path of [...others, 'shared/app.db', 'shared/later.db', 'shared/private/x', 'shared/hidden/x'])
    assert.equal(await reads(path), '', path);
  for (const folder of ['releases', `releases/${first}`, 'shared', 'venvs', 'home'])
    assert.notEqual((await as('www-data', `ls /srv/shop/${folder}`)).code, 0, folder);
  assert.notEqual((await as('www-data', `touch /srv/shop/releases/${first}/static/a.css`)).code, 0);
  assert.notEqual((await as('nobody', `cat /srv/shop/releases/${first}/web/dist/a.css`)).code, 0);
  // The service itself reads and writes as before, and a new release is its group's.
  assert.equal((await as('shop', `cat /srv/shop/releases/${second}/web/dist/a.css`)).stdout, 'navy');
  const { release: third } = await staged('public-3', { 'main.py': 'x' });
  assert.equal(
    await host.shop.root(`stat -c '%a %G' /srv/shop/releases /srv/shop/releases/${third}`),
    '2750 shop\n2750 shop',
  );
});

test('a link to a place of others opens nothing, and a path that is missing is refused', async () => {
  const { release } = await staged('links', { 'static/a.css': 'teal', 'main.py': 'x' }, ['media']);
  const refused = (open: string[]) =>
    host.shop.refused('complete', { claim: host.claim, release, shared: ['media'], public: open });
  assert.match((await refused(['dist'])).message, /the release has no dist\. Make it with `build`/);
  await host.shop.root(`runuser -u deploy -- ln -s /etc /srv/shop/releases/${release}/conf
    runuser -u shop -- rm -r /srv/shop/shared/media; runuser -u shop -- ln -s /home/deploy /srv/shop/shared/media`);
  assert.match((await refused(['conf'])).message, /conf leads out of the release/);
  const before = await host.shop.root('stat -c "%A %n" /etc /etc/shadow /home/deploy /srv/shop');
  const { notes } = await complete(release, ['static', 'media'], ['media']);
  assert.match(notes.join(), /media is or lies behind a link, so it stays as it is/);
  assert.equal(await host.shop.root('stat -c "%A %n" /etc /etc/shadow /home/deploy /srv/shop'), before);
  const lists = "import os; print([os.listxattr(path) for path in ('/etc', '/home/deploy')])";
  assert.equal(await host.shop.root(`python3 -c "${lists}"`), '[[], []]');
});
