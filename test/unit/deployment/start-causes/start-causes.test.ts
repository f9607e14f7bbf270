import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { causeOfStart } from '../../../../src/deployment/start-causes/start-causes';
import { packageRoot } from '../../../../src/package-root';

/** Outputs of Python, of servers and of libraries as they really were, with the paths of a release. */
const OUTPUTS = join(packageRoot(), 'test', 'unit', 'deployment', 'start-causes', 'outputs');
const SET = 'into a file of envFiles on web1';
const START = 'Start the service there, or correct its address';
const RESOLVE = 'Correct the name in the settings';

/** Output, beginning of the message, a part of the advice. */
const ROWS: [string, string, string, string?][] = [
  [
    'address-in-use',
    'The app opens a port of its own that is taken on web1, perhaps by the live release or another worker.',
    'Open that port in one process only with a number from env:, or let the live release stop first: strategy: restart.',
  ],
  [
    'no-command',
    'Neither the environment nor web1 has a command alembic.',
    'Add the package that has alembic to requirements.txt, or install it on web1.',
  ],
  [
    'hidden-module',
    "The project has a file or folder platform, which hides Python's own module platform.",
    'Rename it, and its imports, and deploy again.',
  ],
  [
    'hidden-name',
    "queue.py of the project hides Python's own module queue.",
    'Rename it, and its imports, and deploy again.',
  ],
  ['amqp', 'A service that the app calls does not answer web1: connection refused.', START],
  [
    'ascii',
    'The app reads a text file as ASCII.',
    'Write env: { PYTHONUTF8: "1" }, or name the encoding where the file is opened.',
  ],
  [
    'asgi-under-sync',
    'main:app is an ASGI app (FastAPI), and its worker class serves WSGI.',
    'Write gunicorn: { workerClass: uvicorn_worker.UvicornWorker } and install uvicorn-worker, or workerClass: asgi with Gunicorn 25.',
  ],
  ['asyncpg', '127.0.0.1:5999 does not answer web1: connection refused.', START],
  [
    'foreign',
    'main was imported from /opt/old/main.py, which is not part of the release.',
    'Remove the folder above /opt/old/main.py from PYTHONPATH (env, envFiles), or from chdir and pythonpath of Gunicorn.',
  ],
  [
    'stale',
    'shop.web was imported from /srv/shop/venvs/a1/lib/python3.11/site-packages/shop/web.py, and the release has src/shop/web.py: it would not serve its own code.',
    'Remove shop from requirements.txt, and install the project itself with a line -e . there.',
  ],
  [
    'attribute',
    'The module main has no app.',
    'Write app: main:NAME with the name of the app there, or NAME() for a function that makes it.',
  ],
  [
    'circular',
    'shop.a and a module that it imports need each other: f is not there yet.',
    'Move one of the two imports into the function that uses it, and deploy again.',
  ],
  ['decouple', 'The environment variable SECRET_KEY is not set.', SET],
  ['django-environ', 'The environment variable SECRET_KEY is not set.', SET],
  [
    'django-mysql',
    'The environment has no module MySQLdb, which is in the package mysqlclient.',
    'Add mysqlclient to requirements.txt.',
  ],
  ['django-secret-key', 'The setting SECRET_KEY of Django is empty.', SET],
  [
    'django-settings-module',
    'The environment variable DJANGO_SETTINGS_MODULE is not set.',
    'Write env: { DJANGO_SETTINGS_MODULE: shop.settings } with the module of the settings.',
  ],
  ['environs', 'The environment variable API_TOKEN is not set.', SET],
  [
    'error-log',
    'Gunicorn may not write its log /nonexistent/e.log.',
    'Remove errorlog and accesslog from the Gunicorn configuration, or write - : the journal keeps them.',
  ],
  [
    'factory-under-asgi',
    'main:create_app is a function that makes the app.',
    'Write app: main:create_app().',
    'main:create_app',
  ],
  ['factory-under-sync', 'main:app is a function that makes the app.', 'Write app: main:app().'],
  [
    'gevent',
    'The worker class gevent cannot be loaded.',
    'Add its package to requirements.txt, or write another class: gunicorn: { workerClass: … }.',
  ],
  ['group', 'The environment variable API_TOKEN is not set.', SET],
  [
    'gunicorn-no-app',
    'The module main has no app.',
    'Write app: main:NAME with the name of the app there, or NAME() for a function that makes it.',
  ],
  ['host-name', 'web1 cannot resolve the name redis.internal.invalid.', RESOLVE],
  ['keyerror', 'The environment variable STRIPE_KEY is not set.', SET],
  ['library', 'web1 lacks the system library libpq.so.5.', 'Install it there as root: apt install libpq5.'],
  [
    'memory',
    'The app asked for more memory than web1 gives it.',
    'Load less at the start or use fewer workers.',
  ],
  [
    'metadata',
    'The package shop is not installed in the environment, so it has no metadata there.',
    'Add shop to requirements.txt, or -e .',
  ],
  [
    'module-alias',
    'The environment has no module yaml, which is in the package PyYAML.',
    'Add PyYAML to requirements.txt.',
  ],
  [
    'module-missing',
    'The environment has no module pytest, which is often for development only.',
    'Add pytest to requirements.txt, or import pytest only where it is installed.',
  ],
  [
    'module-newer',
    'The code needs Python 3.11 or newer: the module tomllib is not in the version of the environment.',
    'Write python: with a newer version, such as python: python3.11.',
  ],
  [
    'module-of-the-app',
    'The release has no module shop, in which app: shop.wsgi:application is looked for.',
    'Write app: with the module and the name of the app.',
    'shop.wsgi:application',
  ],
  [
    'module-of-the-repository',
    'Neither the environment nor the release has a module common.',
    'Add the package that has common to requirements.txt.',
  ],
  [
    'module-removed',
    'This version of Python no longer has the module distutils.',
    'Update the package that imports distutils, or write python: with an older version, such as python: python3.11.',
  ],
  [
    'module-submodule',
    'The environment has no module corsheaders, which is in the package django-cors-headers.',
    'Add django-cors-headers to requirements.txt.',
  ],
  ['mongo', 'MongoDB at 127.0.0.1:5999 does not answer web1: connection refused.', START],
  [
    'multipart',
    'The environment lacks the package python-multipart, which another one needs here.',
    'Add python-multipart to requirements.txt.',
  ],
  [
    'name-in-module',
    'The installed version of werkzeug has no url_quote in werkzeug.urls.',
    'Pin a version of werkzeug in requirements.txt that fits the packages that import it.',
  ],
  [
    'no-absolute-file',
    'web1 has no /etc/shop/shop.toml.',
    'Create it there, readable for the user of the service, or set another place in the settings (env:).',
  ],
  [
    'no-file',
    'The release has no config/production.yaml.',
    'Commit it, or put it into the shared folder on web1 and write shared: [config/production.yaml].',
  ],
  ['no-gunicorn', 'The environment has no gunicorn.', 'Add gunicorn to requirements.txt.'],
  [
    'permission',
    'The user of the service may not use /root/secret.key on web1.',
    'Give that user access to /root/secret.key, or set another place in the settings (env:).',
  ],
  ['pg-host-name', 'web1 cannot resolve the name db.internal.invalid.', RESOLVE],
  [
    'port-low',
    'The user of the service may not listen on port 81.',
    'Let the app listen on a port above 1023, and leave the address of bind: to Landfall.',
  ],
  [
    'psycopg-socket',
    'PostgreSQL at /var/run/postgresql/.s.PGSQL.5432 does not answer web1: No such file or directory.',
    START,
  ],
  ['psycopg', 'PostgreSQL at 127.0.0.1:5999 does not answer web1: connection refused.', START],
  ['psycopg2', 'PostgreSQL at 127.0.0.1:5999 does not answer web1: connection refused.', START],
  [
    'pydantic-invalid',
    'Settings refuses the value of WORKERS.',
    'Correct it in the file of envFiles on web1, or under env:.',
  ],
  [
    'pydantic',
    'The environment variables DATABASE_URL, STRIPE_KEY are not set, which Settings requires.',
    SET,
  ],
  ['pymysql', 'MySQL at 127.0.0.1 does not answer web1: connection refused.', START],
  ['redis', 'Redis at localhost:5999 does not answer web1: connection refused.', START],
  ['socket-refused', 'A service that the app calls does not answer web1: connection refused.', START],
  ['sqlalchemy', 'PostgreSQL at 127.0.0.1:5999 does not answer web1: connection refused.', START],
  [
    'sqlite-table',
    'The database has no table users.',
    'Write migrate: with the command that creates the tables, and deploy again.',
  ],
  [
    'sqlite',
    'The SQLite database cannot be opened for writing.',
    'Keep it in a folder that the service may write to: write shared: [data/], and its path in env:.',
  ],
  ['starlette-config', 'The environment variable DATABASE_URL is not set.', SET],
  ['syntax', 'Python on web1 does not accept the code: invalid syntax.', 'Correct that line.'],
  ['urllib', 'A service that the app calls does not answer web1: connection refused.', START],
  [
    'worker-class',
    'The worker class uvicorn.nosuch.Worker cannot be loaded.',
    'Add its package to requirements.txt, or write another class: gunicorn: { workerClass: … }.',
  ],
  [
    'wsgi-under-asgi',
    'main:app is a WSGI app (Flask), and its server serves ASGI.',
    'Write gunicorn: { workerClass: sync }, or gthread with gunicorn.threads.',
  ],
  [
    'wsgi-under-uvicorn-worker',
    'main:app is a WSGI app (Flask), and its server serves ASGI.',
    'Write gunicorn: { workerClass: sync }, or gthread with gunicorn.threads.',
  ],
  [
    'wsgi-under-uvicorn',
    'main:app is a WSGI app (Flask), and its server serves ASGI.',
    'Write gunicorn: { workerClass: sync }, or gthread with gunicorn.threads.',
  ],
];

describe('the cause of a failed start', () => {
  for (const [name, message, advice, app = 'main:app'] of ROWS) {
    test(`${name}: ${message}`, () => {
      const told = causeIn(outputOf(name), app);
      assert.equal(told?.message.slice(0, message.length), message);
      assert.ok(told?.advice?.includes(advice), told?.advice ?? 'no advice');
    });
  }

  test('each output that is kept has its row', () => {
    const names = readdirSync(OUTPUTS).map((file) => file.replace('.txt', ''));
    assert.deepEqual(
      names.filter((name) => !ROWS.some(([row]) => row === name)),
      ['exit'],
    );
  });

  test('is read from the journal, whose lines begin with a time', () => {
    const lines = outputOf('keyerror').trimEnd().split('\n');
    const journal = lines.map((line) => `12:00:00.000Z shop[42]: ${line}`);
    journal.push('12:00:01.000Z systemd[1]: shop@12-3fa9c1e.service: Failed with result exit-code.');
    assert.deepEqual(causeIn(journal.join('\n')), causeIn(outputOf('keyerror')));
  });

  test('is the last error, and the one that a handled error led to', () => {
    const told = causeIn(`${outputOf('redis')}\n${outputOf('keyerror')}`);
    assert.match(told?.message ?? '', /^The environment variable STRIPE_KEY is not set\./);
  });

  test('names the error and its line where no row fits', () => {
    const output = outputOf('keyerror').replace("KeyError: 'STRIPE_KEY'", 'shop.Broken: no luck.');
    assert.deepEqual(causeIn(output), { message: 'shop.Broken: no luck (main.py line 2).', advice: null });
  });

  test('is unknown without an error', () => {
    assert.equal(causeIn(outputOf('exit')), null);
    assert.equal(causeIn(''), null);
  });

  test('is found in hostile output', () => {
    const frames = '  File "/releases/'.repeat(20_000);
    const told = causeIn(`Traceback (most recent call last):\n${frames}\nKeyError: ${"'".repeat(50_000)}`);
    assert.equal(told?.message.length, 'KeyError: '.length + 290 + '.'.length);
    assert.equal(causeIn(`${"Error: '".repeat(20_000)}\n${'| + '.repeat(50_000)}`), null);
  });
});

function outputOf(name: string): string {
  return readFileSync(join(OUTPUTS, `${name}.txt`), 'utf8');
}

function causeIn(output: string, app = 'main:app') {
  return causeOfStart([output], { host: 'web1', app, dependencies: 'requirements.txt' });
}
