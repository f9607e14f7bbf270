import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig, parseConfig } from '../../../src/config';

const SHORTEST = `service: shop
repository: git@github.com:acme/shop.git
environments:
  production:
    hosts: [web1]
`;

function problemsOf(text: string): string[] {
  try {
    parseConfig('landfall.yaml', text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return [];
}

function problemIn(extra: string): string {
  const problems = problemsOf(`${SHORTEST}${extra}\n`);
  assert.equal(problems.length, 1, problems.join('\n'));
  return problems[0] ?? '';
}

function settingsOf(text: string, environment = 'production') {
  const found = parseConfig('landfall.yaml', text).environments.get(environment);
  assert.ok(found);
  return found;
}

test('the shortest file gets every default', () => {
  assert.deepEqual(settingsOf(SHORTEST), {
    service: 'shop',
    name: 'production',
    batch: 1,
    hosts: [
      {
        name: 'web1',
        address: 'web1',
        port: null,
        user: null,
        bind: { host: '127.0.0.1', port: 8000 },
        domain: null,
      },
    ],
    settings: {
      layout: 'releases',
      checkout: null,
      strategy: 'overlap',
      whenMemoryShort: 'refuse',
      app: 'main:app',
      python: null,
      wheels: null,
      requirements: null,
      dependencies: { lock: null, groups: [], extras: [], unlocked: false },
      shared: [],
      allowMissing: [],
      build: null,
      public: [],
      pythonPath: [],
      user: 'shop',
      base: '/srv/shop',
      envFiles: [],
      unit: 'shop.service',
      env: {},
      server: null,
      gunicorn: {
        workers: null,
        workerClass: null,
        threads: null,
        timeout: null,
        gracefulTimeout: null,
        preload: null,
        configFile: null,
      },
      preImport: { timeout: 60_000, memory: null },
      rehearse: { timeout: 60_000, memory: null },
      migrate: null,
      installTimeout: 900_000,
      installMemory: null,
      readiness: {
        path: '/health/ready',
        url: null,
        check: 'http',
        headers: {},
        expect: null,
        timeout: 60_000,
        requestTimeout: 2_000,
        successes: 3,
        tolerance: 1_000,
        release: null,
      },
      soak: null,
      rollback: { keepTrying: 21_600_000 },
      dependentUnits: 'restart',
      keepReleases: 5,
      // No key: a deploy finds it out.
      processes: {},
      resolved: null,
    },
  });
});

test("an environment's maps are merged over the service's, lists and values are replaced", () => {
  const text = `service: shop
repository: /srv/git/shop.git
env: { LEVEL: info, REGION: eu }
shared: [uploads]
bind: unix:/run/shop.sock
gunicorn: { workers: 4, timeout: 2m }
readiness: { timeout: 500ms, requestTimeout: 100ms }
migrate: { command: [alembic, upgrade, head], memory: 1G }
installMemory: 768M
environments:
  staging: { hosts: [s1], migrate: false, rehearse: false, env: { LEVEL: debug }, shared: [data] }
  production:
    hosts: [web1, { name: web2, bind: "[::1]:9000" }]
    bind: 127.0.0.1:9000
    gunicorn: { workers: 8 }
    migrate: { timeout: 1h }
    rehearse: true
`;
  const staging = settingsOf(text, 'staging');
  const production = settingsOf(text);
  assert.deepEqual(staging.settings.env, { LEVEL: 'debug', REGION: 'eu' });
  assert.deepEqual(staging.settings.shared, ['data']);
  assert.equal(staging.settings.migrate, null);
  assert.equal(staging.settings.rehearse, null);
  assert.deepEqual(staging.hosts[0]?.bind, { socket: '/run/shop.sock' });
  assert.deepEqual(production.settings.shared, ['uploads']);
  assert.equal(production.settings.gunicorn.workers, 8);
  assert.equal(production.settings.gunicorn.timeout, 120_000);
  assert.equal(production.settings.readiness.timeout, 500);
  assert.deepEqual(production.settings.migrate, {
    command: ['alembic', 'upgrade', 'head'],
    timeout: 3_600_000,
    memory: 1024 ** 3,
    hosts: null,
  });
  assert.deepEqual(production.settings.rehearse, { timeout: 60_000, memory: null });
  assert.equal(production.settings.installMemory, 768 * 1024 ** 2);
  assert.deepEqual(
    production.hosts.map((host) => host.bind),
    [
      { host: '127.0.0.1', port: 9000 },
      { host: '::1', port: 9000 },
    ],
  );
});

test('what a map cannot do without may be said for the service or for the environment', () => {
  const text = (service: string, environment: string) =>
    `${SHORTEST}    soak: ${environment}\nsoak: ${service}\n`;
  assert.equal(settingsOf(text('{ interval: 5s }', '{ time: 1h }')).settings.soak?.interval, 5_000);
  assert.equal(settingsOf(text('{ time: 2h }', '{ interval: 5s }')).settings.soak?.time, 7_200_000);
  assert.equal(settingsOf(text('{ interval: 5s }', 'false')).settings.soak, null);
});

test('where a readiness answer names its release is one place: the environment replaces the service', () => {
  const text = `${SHORTEST}    readiness: { release: { field: commit } }\nreadiness: { release: { header: X-Release } }\n`;
  assert.deepEqual(settingsOf(text).settings.readiness.release, { field: 'commit' });
});

test('a problem says where it is, what was found and what is allowed', () => {
  assert.equal(
    problemIn('strategy: rolling'),
    'landfall.yaml:6:11: strategy: found "rolling"; allowed: overlap or restart',
  );
  assert.equal(
    problemIn('gunicorn: { timeout: 30 }'),
    'landfall.yaml:6:22: gunicorn.timeout: found 30; allowed: a duration in whole seconds, as Gunicorn counts, such as 30s, 5m or 2h, above zero and at most 24h',
  );
  assert.equal(
    problemIn('env: { CACHE: 30 }'),
    'landfall.yaml:6:15: env.CACHE: found a number (not shown); allowed: text in one line of at most 30000 characters; put numbers and true or false in quotes',
  );
});

test('an unknown key is met with the known one that was probably meant', () => {
  assert.equal(
    problemIn('env_files: [/a/b]'),
    'landfall.yaml:6:1: env_files: unknown key; did you mean envFiles?',
  );
  assert.equal(
    problemIn('gunicorn: { wrokers: 2 }'),
    'landfall.yaml:6:13: gunicorn.wrokers: unknown key; did you mean workers?',
  );
  assert.equal(
    problemIn('workers: 2'),
    'landfall.yaml:6:1: workers: unknown key here; did you mean gunicorn.workers?',
  );
  assert.equal(
    problemIn('batch: 2'),
    'landfall.yaml:6:1: batch: unknown key here; it belongs in environments.<name>',
  );
  assert.match(
    problemIn('zzz: 2'),
    /zzz: unknown key; allowed: service, repository, path, controller, bind, layout/,
  );
});

test('all problems are reported at once, in the order of the file', () => {
  const problems = problemsOf(`service: Shop
strategy: rolling
requirements: [../x.txt]
readiness: { timeout: 1s }
migrate: { timeout: 3m }
environments:
  production:
    hosts: [web1, web1, "web:99999", { nam: x }]
  staging: { hosts: [] }
`);
  assert.deepEqual(
    problems.map((problem) => problem.split(' ').slice(0, 2).join(' ')),
    [
      'landfall.yaml:1:1: repository:',
      'landfall.yaml:1:10: service:',
      'landfall.yaml:2:11: strategy:',
      'landfall.yaml:3:16: requirements[0]:',
      'landfall.yaml:5:10: migrate:',
      'landfall.yaml:7:3: environments.production.readiness.requestTimeout:',
      'landfall.yaml:8:19: environments.production.hosts[1]:',
      'landfall.yaml:8:25: environments.production.hosts[2]:',
      'landfall.yaml:8:38: environments.production.hosts[3].name:',
      'landfall.yaml:8:40: environments.production.hosts[3].nam:',
      'landfall.yaml:9:21: environments.staging.hosts:',
    ],
  );
});

const WRONG: Record<string, [string, RegExp]> = {
  'a path out of the release': [
    'requirements: [../secrets.txt]',
    /requirements\[0\]: found "\.\.\/secrets\.txt"/,
  ],
  'an absolute path in the release': ['shared: [/etc]', /shared\[0\]: found "\/etc"/],
  'a folder of the repository that is absolute': ['path: /srv', /path: found "\/srv"/],
  'shared paths inside one another': [
    'shared: [data, data/x]',
    /shared: found a list; allowed: .*inside one another/,
  ],
  'a lock file next to requirements': [
    'requirements: [requirements.txt]\ndependencies: { lock: uv.lock }',
    /dependencies\.lock: excludes requirements; write only the one that is to be installed/,
  ],
  'a lock file of another tool': [
    'dependencies: { lock: Pipfile.lock }',
    /dependencies\.lock: found "Pipfile\.lock"; allowed: the path of a uv\.lock/,
  ],
  'a group with a wrong name': [
    'dependencies: { groups: [--all] }',
    /dependencies\.groups\[0\]: found "--all"; allowed: a name such as prod/,
  ],
  'requirements that are shared': [
    'shared: [requirements.txt]\nrequirements: [requirements.txt]',
    /requirements: requirements\.txt is also in shared/,
  ],
  'a readiness address that is not http': [
    'readiness: { url: "ftp://x/" }',
    /readiness\.url: found "ftp:\/\/x\/"/,
  ],
  'a readiness request longer than its deadline': [
    'readiness: { timeout: 5s, requestTimeout: 6s }',
    /6:43: readiness\.requestTimeout: found 6 s for one request; allowed: less than readiness\.timeout, which is 5 s/,
  ],
  'a unit that is not a service': ['unit: shop', /unit: found "shop"; allowed: a name such as shop\.service/],
  'a base that is a folder of the system': ['base: /etc/shop', /base: found "\/etc\/shop"/],
  'a base directly below the root': ['base: /shop', /base: found "\/shop"/],
  'root as the user of the service': [
    'user: root',
    /user: found "root"; allowed: a user name other than root/,
  ],
  'one user for the code and the service': ['user: deploy', /hosts\[0\]: logs in as deploy, the user that/],
  'a name to listen on': [
    'bind: localhost:8000',
    /bind: found "localhost:8000"; allowed: an address such as/,
  ],
  'a socket that no other process can see': ['bind: unix:/tmp/shop.sock', /bind: found .*not below \/tmp/],
  'a migration without a command': [
    'migrate: { timeout: 5m }',
    /6:10: migrate: has no command; write one such as command: \[alembic, upgrade, head\], or false/,
  ],
  'a port of the system with overlap': [
    'bind: 127.0.0.1:80',
    /bind: with strategy overlap, port 80 belongs to the system/,
  ],
  'a socket elsewhere with overlap': [
    'bind: unix:/srv/shop/shop.sock',
    /bind: with strategy overlap, systemd may not listen on \/srv\/shop\/shop\.sock; write `bind: unix:\/run\/shop\.sock`/,
  ],
  'a socket in a directory that the service may own, with overlap': [
    'bind: unix:/run/shop.run/shop.sock',
    /bind: with strategy overlap, systemd may not listen on \/run\/shop\.run\/shop\.sock; write `bind: unix:\/run\/shop\.sock`/,
  ],
  'a socket that only root could make, with restart': [
    'strategy: restart\nbind: unix:/run/shop.sock',
    /bind: with strategy restart, only root can make \/run\/shop\.sock; write `bind: unix:\/run\/shop\.run\/shop\.sock`/,
  ],
  'a soak without a time': [
    'soak: { interval: 5s }',
    /6:7: soak: has no time; write one such as time: 10m, or false/,
  ],
  'a release named in two places': [
    'readiness: { release: { header: X-Release, field: release } }',
    /readiness\.release: .*a map with either header or field/,
  ],
  'an invalid rehearsal timeout': ['rehearse: { timeout: soon }', /rehearse\.timeout: found "soon"/],
  'memory without a unit': [
    'preImport: { memory: 512 }',
    /preImport\.memory: found 512; allowed: a size such as 512M or 2G/,
  ],
  'too little memory for anything': [
    'installMemory: 1M',
    /installMemory: found "1M"; allowed: .*at least 64M/,
  ],
  'a rehearsal that is a word': ['rehearse: never', /rehearse: found "never"; allowed: true, false or a map/],
  'a setting that systemd owns': ['env: { LISTEN_FDS: "3" }', /env\.LISTEN_FDS: this name cannot be used/],
  'a key without a value': ['gunicorn:', /gunicorn: found nothing; allowed: a map with workers/],
};

for (const [what, [extra, problem]] of Object.entries(WRONG)) {
  test(`refused: ${what}`, () => assert.match(problemIn(extra), problem));
}

const WRONG_HOSTS: Record<string, [string, RegExp]> = {
  'no hosts': ['[]', /hosts: found an empty list; allowed: a list of 1 to 700 hosts/],
  'more hosts than one run holds': [
    JSON.stringify(Array.from({ length: 701 }, (_, at) => `web${at}`)),
    /hosts: found .*; allowed: a list of 1 to 700 hosts.*Divide more hosts among several environments/,
  ],
  'two hosts of one name': [
    '["127.0.0.1:2201", "127.0.0.1:2202"]',
    /hosts\[1\]: the name 127\.0\.0\.1 is taken by hosts\[0\]; give each host a name/,
  ],
  'one machine twice': [
    '[{ name: a, address: 10.0.0.1 }, { name: b, address: 10.0.0.1 }]',
    /hosts\[1\]: is the same machine as hosts\[0\]/,
  ],
  'a port out of range': ['["web1:70000"]', /hosts\[0\]: found "web1:70000"; allowed: a host such as/],
  'root over SSH': ['[root@web1]', /hosts\[0\]: found "root@web1"/],
  'an option in the place of a host': ['["-oProxyCommand=x"]', /hosts\[0\]: found "-oProxyCommand=x"/],
};

for (const [what, [hosts, problem]] of Object.entries(WRONG_HOSTS)) {
  test(`refused: ${what}`, () => {
    const problems = problemsOf(SHORTEST.replace('[web1]', hosts));
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
  });
}

test('the more hosts there are, the less the settings of each may hold', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, at) => `web${at}`).join(', ');
  const file = (count: number) =>
    `${SHORTEST.replace('[web1]', `[${hosts(count)}]`)}env: { A: ${'x'.repeat(18_000)} }\n`;
  assert.equal(parseConfig('landfall.yaml', file(100)).environments.size, 1);
  const [problem] = problemsOf(file(200));
  assert.match(
    problem ?? '',
    /env: makes the settings \d+ bytes long together; allowed with 200 hosts: 10000, because a step on each host carries them/,
  );
});

test('a file that cannot be read says why', () => {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-config-'));
  const latin = join(directory, 'latin.yaml');
  writeFileSync(latin, Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
  assert.throws(() => loadConfig(join(directory, 'none.yaml')), /none\.yaml: there is no such file/);
  assert.throws(() => loadConfig(directory), /is a directory/);
  assert.throws(() => loadConfig(latin), /is not UTF-8 text/);
});
