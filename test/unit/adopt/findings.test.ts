import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf } from '../../../src/adopt/draft';
import { factsOf, type Layout } from '../../../src/adopt/facts';
import { findingsOf } from '../../../src/adopt/findings';
import type { Reading } from '../../../src/adopt/reading';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import { directoryIn } from '../../../src/config/in-place';
import { parseConfig } from '../../../src/config/load-config';
import { draftText } from '../../../src/deployment/draft/draft-text';
import { READING, readingWith } from './reading';

const NAMED = { host: 'web1', environment: 'production' };
const WANTED = { environment: 'production', host: 'deploy@web1' };

function textOf(reading: Reading): string {
  const text = draftText(draftOf(factsOf(reading), WANTED));
  parseConfig('landfall.yaml', text);
  return text;
}

/** `level: text`, of each finding. */
function found(reading: Reading): string[] {
  return findingsOf(factsOf(reading), NAMED).map(
    ({ level, text, next }) => `${level}: ${text}${next === null ? '' : ` → ${next}`}`,
  );
}

function has(reading: Reading, pattern: RegExp): void {
  const all = found(reading);
  assert.ok(
    all.some((each) => pattern.test(each)),
    `${pattern} is not in:\n${all.join('\n')}`,
  );
}

test('the file reproduces the service: its address, user, files and server', () => {
  assert.equal(
    textOf(READING),
    `# From shop.service on web1, by landfall adopt.
service: shop
repository: git@github.com:acme/shop.git
bind: 127.0.0.1:8077 # where the old unit listens
user: www-data # owns what the service has written
base: /srv/shop-releases # the old checkout stays as it is

# stay on the host
envFiles: [/etc/shop.env]
gunicorn:
  workers: 2
  workerClass: uvicorn_worker.UvicornWorker

environments:
  production:
    hosts: [deploy@web1]
`,
  );
});

test('each layout reproduces where the service runs, and where its data is', () => {
  const checkout = { root: '/opt/shop', folder: 'api', ignored: ['api/media/'] };
  const elsewhere = readingWith({ unit: { directory: '/opt/shop/api' }, checkout });
  const rows: [Reading, Layout, Partial<ServiceSettings>][] = [
    [READING, 'releases', { layout: 'releases', checkout: null, base: '/srv/shop-releases', shared: [] }],
    [elsewhere, 'releases', { layout: 'releases', base: '/srv/shop', shared: ['api/media/'] }],
    [READING, 'in-place', { layout: 'in-place', checkout: '/srv/shop', base: '/srv/shop.landfall' }],
    [elsewhere, 'in-place', { checkout: '/opt/shop', base: '/opt/shop.landfall', shared: [] }],
  ];
  for (const [reading, layout, wanted] of rows) {
    const config = parseConfig('landfall.yaml', draftText(draftOf(factsOf(reading, layout), WANTED)));
    const settings = config.environments.get('production')?.settings;
    assert.ok(settings !== undefined);
    assert.deepEqual({ ...settings, ...wanted, user: 'www-data' }, settings);
    if (layout === 'in-place') assert.equal(directoryIn(settings, config.path), reading.unit.directory);
  }
  const foreign = findingsOf(factsOf(readingWith({ owner: 'ann' }), 'in-place'), NAMED);
  assert.match(foreign[0]?.text ?? '', /^\/srv\/shop belongs to ann, and deploy has to move it/);
  const texts = findingsOf(factsOf(elsewhere, 'in-place'), NAMED).map(({ text }) => text);
  assert.doesNotMatch(texts.join('\n'), /shared|stays as it is/);
});

test('defaults are not written, and the checkout may lie anywhere', () => {
  const plain = readingWith({
    unit: {
      user: 'shop',
      listens: [{ host: '127.0.0.1', port: 8000 }],
      commands: [['gunicorn', 'main:app']],
      directory: '/opt/shop/api',
      environmentFiles: [],
    },
    checkout: { root: '/opt/shop', folder: 'api' },
  });
  const text = textOf(plain);
  assert.match(text, /^path: api$/m);
  for (const key of ['bind', 'user', 'base', 'envFiles', 'gunicorn', 'app', 'readiness'])
    assert.doesNotMatch(text, new RegExp(`^${key}:`, 'm'), key);
});

test('workers, schedules and singletons become processes of a release', () => {
  const unit = (name: string, line: string, schedule: string | null = null) => ({
    name,
    active: 'active',
    user: 'www-data',
    commands: [line.split(' ')],
    schedule,
    timer: schedule === null ? null : name.replace('.service', '.timer'),
  });
  const reading = readingWith({
    neighbours: [
      unit('shop-worker.service', '/srv/shop/venv/bin/celery -A shop worker -c 2'),
      unit('shop-beat.service', '/srv/shop/venv/bin/celery -A shop beat'),
      unit('cleanup.service', '/srv/shop/venv/bin/python manage.py cleanup', 'daily'),
      unit('shop-multi.service', '/srv/shop/venv/bin/celery multi start w1'),
      unit('shop-secret.service', '/srv/shop/venv/bin/python sync.py TOKEN=***'),
    ],
  });
  const text = textOf(reading);
  assert.match(text, /worker:\n\s+command: celery -A shop worker -c 2/);
  assert.match(text, /beat:\n\s+command: celery -A shop beat.*\n\s+singleton: true/);
  assert.match(text, /cleanup:\n\s+command: python manage\.py cleanup.*\n\s+schedule: daily/);
  assert.doesNotMatch(text, /multi|TOKEN/);
  has(
    reading,
    /would run next to .* → After the first deploy: systemctl disable --now shop-worker\.service shop-beat\.service cleanup\.timer/,
  );
  has(reading, /shop-multi\.service, shop-secret\.service runs from the old checkout/);
});

test('a finding names its next step', () => {
  const at = (changes: Parameters<typeof readingWith>[0]) => readingWith(changes);
  const setting = { name: 'API_KEY', secret: true, file: null, dropIn: false };
  const rows: [Reading, RegExp][] = [
    [READING, /^warning: --preload imports the app once.* saves about 22 MiB/],
    [READING, /^note: \/etc\/nginx\/sites-enabled\/shop passes requests to 127\.0\.0\.1:8077/],
    [
      at({ unit: { settings: [setting] } }),
      /^error: shop\.service sets API_KEY, .*landfall adopt web1 shop\.service --env production --move-secrets/,
    ],
    [
      at({ checkout: { changed: ['main.py'] } }),
      /^error: \/srv\/shop has local changes .*main\.py.*Commit and push/,
    ],
    [
      at({ checkout: { changed: null }, owner: 'ann' }),
      /^note: \/srv\/shop belongs to ann, so Git was not run/,
    ],
    [at({ checkout: { published: false } }), /^error: The commit 3fa9c1e .*Push it/],
    [at({ checkout: { remote: null } }), /^error: .* no remote/],
    [at({ checkout: { remoteHasLogin: true } }), /^error: The remote .* deploy key/],
    [
      at({ checkout: { ignored: ['.env', 'db.sqlite3', 'media/'] } }),
      /^warning: \.env of the checkout .*landfall env set shop/,
    ],
    [at({ checkout: { ignored: ['db.sqlite3', 'media/'] } }), /^warning: db\.sqlite3, media\/ .*shared/],
    [at({ checkout: null }), /^error: \/srv\/shop is not a Git checkout/],
    [at({ routes: [] }), /^warning: shop\.service answers no HTTP/],
    [at({ routes: [{ path: '/', status: 200, milliseconds: 1 }] }), /^warning: \/ answers, and its name/],
    [
      at({ routes: [{ path: '/', status: 302, milliseconds: 1 }] }),
      /^error: .*none of the usual paths.*\/: 302/,
    ],
    [
      at({ unpinned: ['requirements.txt: flask'] }),
      /^warning: Nothing pins requirements\.txt: flask.*pip freeze/,
    ],
    [at({ requirements: [] }), /^error: The project has neither/],
    [at({ root: false }), /^warning: deploy may not use sudo.*setup web1 --env production --as root/],
    [
      at({ machine: { memoryAvailable: 100 << 20 } }),
      /^warning: The service uses 60 MiB and 100 MiB are available/,
    ],
    [at({ machine: { python: '3.6.8' } }), /^error: python3 of the host is 3\.6\.8/],
    [at({ unit: { user: 'root' } }), /^warning: shop\.service runs as root/],
    [at({ unit: { user: 'deploy' } }), /^warning: shop\.service runs as deploy, which also logs in/],
    [at({ unit: { sockets: ['shop.socket'] } }), /^error: shop\.socket listens .*disable --now shop\.socket/],
    [at({ unit: { active: 'failed' } }), /^error: shop\.service is failed.*systemctl start/],
    [at({ unit: { commands: [['/usr/bin/node', 'a.js']] } }), /^error: shop\.service starts no Gunicorn/],
    [
      at({ unit: { directives: ['LimitNOFILE'] } }),
      /^note: LimitNOFILE= .*systemctl edit --force shop@\.service/,
    ],
    [at({ unit: { directives: ['ExecStartPre'] } }), /^warning: ExecStartPre= .*migrate/],
    [
      at({ unit: { files: ['/a', '/etc/systemd/system/shop.service.d/a.conf'] } }),
      /^note: .*a\.conf counts for shop\.service only/,
    ],
    [at({ scripts: ['/usr/local/bin/go-live'] }), /^warning: \/usr\/local\/bin\/go-live changes or restarts/],
    [
      at({ crontabs: [{ file: '/etc/crontab', line: 9 }] }),
      /^warning: \/etc\/crontab line 9 runs from the old checkout/,
    ],
  ];
  for (const [reading, pattern] of rows) has(reading, pattern);
});

test('errors come first', () => {
  const levels = found(readingWith({ checkout: { remote: null }, requirements: [] })).map(
    (each) => each.split(':')[0],
  );
  assert.deepEqual([...new Set(levels)], ['error', 'warning', 'note']);
});

test('what cannot be read still gives a file that is valid', () => {
  const bare = readingWith({
    unit: { commands: [], listens: [], name: '9-Shop_API.service', environmentFiles: [] },
    checkout: null,
    python: null,
    routes: [],
  });
  assert.match(textOf(bare), /^service: shop-api\n/m);
  assert.match(textOf(bare), /^repository: git@example\.com:team\/REPLACE-ME\.git$/m);
  has(bare, /^error: 9-Shop_API\.service has a name .*Rename the unit to shop-api\.service/);
});
