import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installCommand } from '../../../src/activities/prepare/install-script';
import type { Packaging } from '../../../src/config/resolved';
import type { JobState } from '../../../src/contract/contract-types';
import { packageRoot } from '../../../src/package-root';
import { JobHost } from './job-request';
import { environmentRequest } from './service-host';

let host: JobHost;
before(async () => {
  host = await JobHost.start();
  const script = readFileSync(join(packageRoot(), 'test/host/landfall-host/malicious/setup.py'), 'utf8');
  await host.shop.host.root('mkdir -p /tmp/evil-1.0 && cat > /tmp/evil-1.0/setup.py', { input: script });
  await host.shop.root(`cd /tmp && printf 'Metadata-Version: 1.0\\nName: evil\\nVersion: 1.0\\n' > evil-1.0/PKG-INFO &&
    tar czf /opt/wheels/evil-1.0.tar.gz evil-1.0
    runuser -u deploy -- sh -c 'echo "machine index.example.org" > ~deploy/.netrc'
    systemd-run -q --unit=victim -p User=deploy sleep 1002
    systemctl show -P MainPID victim > /srv/shop/shared/victim; chmod 755 /srv/shop/shared
    mkdir /srv/shop/venvs/0000000000000000; chown deploy /srv/shop/venvs/0000000000000000
    loginctl enable-linger deploy`);
});
after(() => host.shop.stop());

/** Everything on this host that stays: files of the deploying user, of systemd, of later starts. */
const whatStays = () =>
  host.shop.root(`find /home /srv /var/spool /var/tmp /tmp /dev/shm /run/user /var/lib/systemd/linger /run/systemd/transient \
      -path /srv/shop/venvs/'[1-9a-f]*' -prune -o -not -name 'systemd-private-*' -type f -printf '%p %s %m\\n' 2>/dev/null | sort
    pgrep -a -x sleep | grep -c 1001 || true`);

async function install(
  step: string,
  requirements: string,
  uv: string | null,
): Promise<JobState & { path: string }> {
  const { shop, claim } = host;
  // The release's own modules are no tools of Landfall's.
  const shadows = Object.fromEntries(
    ['venv', 'pip', 'json', 'ensurepip', 'sitecustomize'].map((name) => [
      `${name}.py`,
      `raise SystemExit('shadowed')`,
    ]),
  );
  const release = await shop.staged(claim, step, { ...shadows, 'requirements.txt': requirements });
  const venv = await shop.call('environment', environmentRequest(claim, release, ['requirements.txt']));
  const packaging: Packaging = {
    tool: 'requirements',
    files: ['requirements.txt'],
    encoding: 'utf-8',
    local: false,
  };
  const argv = installCommand({ venv: venv.path, python: venv.python, uv, packaging, exporter: null });
  const job = await host.job(step, '', { release, argv, as: 'deploy', venv: venv.name });
  return { ...job, path: venv.path };
}

for (const [installer, uv] of [
  ['pip', null],
  ['uv', '/usr/local/bin/uv'],
] as const) {
  test(`a dependency that ${installer} builds cannot leave anything but itself`, async () => {
    const before = await whatStays();
    const job = await install(`evil-${installer}`, `evil==1.0 # ${installer}\n`, uv);
    assert.deepEqual([job.state, job.result], ['ended', 'success'], job.output);
    const found = JSON.parse(
      await host.shop.root(`cd ${job.path} && bin/python -c 'import evil_found; print(evil_found.FOUND)'`),
    ) as Record<string, string>;
    const { configuration, ...attempts } = found;
    assert.deepEqual(
      Object.entries(attempts).filter(([, outcome]) => outcome === 'done'),
      [],
    );
    assert.ok(Object.keys(attempts).length > 20);
    assert.equal(configuration, 'machine index.example.org', 'what says how to reach an index is read');
    const release = (await host.shop.root('ls -t /srv/shop/releases')).split('\n')[0];
    const after = await whatStays();
    const added = after
      .split('\n')
      .filter((line) => !before.includes(line) && !line.includes(`/releases/${release}/`));
    assert.deepEqual(added, []);
  });
}

test('the cache stays for the next installation, and is shared by no file with an environment', async () => {
  const cached = await host.shop.root(
    `stat -c '%U %a' /var/cache/landfall/shop; ls /var/cache/landfall/shop; find /srv/shop/venvs -type f -links +1 | head -3`,
  );
  assert.match(cached, /^deploy 700\n(.*\n)*uv$/);
});

test('an installation that failed leaves no environment, and one that was broken off is begun anew', async () => {
  const job = await install('fails', 'no-such-package==9.9\n', '/usr/local/bin/uv');
  assert.deepEqual([job.state, job.result], ['ended', 'exit-code']);
  await host.shop.root(`[ ! -e ${job.path} ]`);
});

test('only a job of the deploying user builds an environment', async () => {
  const request = host.request('service', 'true', { venv: '0123456789abcdef' });
  assert.match((await host.shop.refused('job', request)).message, /Only a job of the deploying user/);
  const odd = { ...request, as: 'deploy' as const, venv: '../releases' };
  assert.match(
    (await host.shop.refused('job', odd)).message,
    /venv: must be the name of a virtual environment/,
  );
});

test('an environment that is a link to elsewhere is not written through', async () => {
  await host.shop.root('runuser -u deploy -- ln -s /home/deploy /srv/shop/venvs/0123456789abcdef');
  const error = await host.shop.refused(
    'job',
    host.request('link', 'true', { as: 'deploy', venv: '0123456789abcdef' }),
  );
  assert.match(error.message, /venvs\/0123456789abcdef: is a link/);
});

test('an installation gets the logins that root has written for it, and shows none of them', async () => {
  await host.shop.root(
    "umask 077; echo 'INDEX_TOKEN=s3cret-of-the-index' >/etc/landfall/shop.install.env; echo 'LD_PRELOAD=/x' >>/etc/landfall/shop.install.env",
  );
  const script =
    'echo "has $INDEX_TOKEN $(printenv LD_PRELOAD || echo none), https://ci:other@index.example/simple"';
  const deploy = await host.job('logins', script, { as: 'deploy' });
  assert.equal(deploy.output, 'has [redacted:INDEX_TOKEN] none, https://***@index.example/simple\n');
  const service = await host.job('no-logins', 'echo "has $(printenv INDEX_TOKEN || echo none)"');
  assert.equal(service.output, 'has none\n');
  await host.shop.root('rm /etc/landfall/shop.install.env');
});

test('a job of the deploying user writes into a release until something of the service has run in it', async () => {
  const { shop, claim } = host;
  const release = await shop.staged(claim, 'written', { 'main.py': 'x = 1' });
  const write = { as: 'deploy', writesRelease: true, release } as const;
  const written = await host.job('writes', 'touch egg-info && touch ../elsewhere', write);
  assert.match(written.output, /elsewhere.*Read-only file system/);
  await shop.root(`[ -e /srv/shop/releases/${release}/egg-info ] && [ ! -e /srv/shop/releases/elsewhere ]`);
  const asked = host.request('as-service', 'true', { writesRelease: true, release });
  assert.match((await shop.refused('job', asked)).message, /Only a job of the deploying user writes/);
  await host.job('runs', 'true', { release });
  const late = host.request('too-late', 'true', write);
  assert.match((await shop.refused('job', late)).message, /is complete, so nothing may be built/);
});
