import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import type { Examined } from '../../../src/contract/contract-types';
import { resolveServer } from '../../../src/deployment/resolve-server';
import { settings } from '../../harness/deploy-input';
import { printedFor } from '../../harness/helper-python';

/** From the files of a release to its server: the helper's reading, and the choice that the worker makes of it. */
interface Row {
  name: string;
  files: Record<string, string>;
  packages: string[];
  app?: string;
  gunicorn?: Partial<ServiceSettings['gunicorn']>;
  env?: Record<string, string>;
  /** `class app | words`, or `message / advice`. */
  gives: RegExp;
}

const FASTAPI = 'from fastapi import FastAPI\n\napp = FastAPI()\n';
const FLASK = 'from flask import Flask\napp = Flask(__name__)\n';
const NEW = ['gunicorn-25.0.1', 'uvicorn-0.40.0', 'fastapi-0.110'];
const WORKER = ['gunicorn-23.0.0', 'uvicorn-0.34.0', 'uvicorn_worker-0.3.0'];
const OLD = ['gunicorn-21.2.0', 'uvicorn-0.30.0'];
const PLAIN = ['gunicorn-25.0.1', 'flask-3.0'];
const main = (text: string, more: Record<string, string> = {}) => ({ 'main.py': text, ...more });

const ROWS: Row[] = [
  {
    name: 'an ASGI app with a new Gunicorn',
    files: main(FASTAPI),
    packages: NEW,
    gives: /^asgi main:app \| gunicorn 25\.0\.1 with asgi; main:app is ASGI \(FastAPI, main\.py line 3\)$/,
  },
  {
    name: 'an ASGI app with uvicorn-worker',
    files: main(FASTAPI),
    packages: WORKER,
    gives: /^uvicorn_worker\.UvicornWorker main:app/,
  },
  {
    name: 'an ASGI app with an old Gunicorn and uvicorn',
    files: main(FASTAPI),
    packages: OLD,
    gives: /^uvicorn\.workers\.UvicornWorker /,
  },
  {
    name: 'an ASGI app with an old Gunicorn alone',
    files: main(FASTAPI),
    packages: ['gunicorn-21.2.0'],
    gives: /no worker class of Gunicorn for ASGI is installed\. \/ Add uvicorn-worker/,
  },
  {
    name: 'a WSGI app',
    files: main(FLASK),
    packages: PLAIN,
    gives: /^sync main:app \| gunicorn 25\.0\.1 with sync; main:app is WSGI \(Flask, main\.py line 2\)$/,
  },
  {
    name: 'a WSGI app with threads',
    files: main(FLASK),
    packages: PLAIN,
    gunicorn: { threads: 8 },
    gives: /^gthread main:app/,
  },
  {
    name: 'a WSGI app, though uvicorn is there',
    files: main(FLASK),
    packages: WORKER,
    gives: /^sync main:app/,
  },
  {
    name: 'a WSGI app under an ASGI class',
    files: main(FLASK),
    packages: WORKER,
    gunicorn: { workerClass: 'uvicorn_worker.UvicornWorker' },
    gives:
      /^The app is WSGI \(Flask, main\.py line 2\), and the worker class uvicorn_worker\.UvicornWorker serves ASGI\. \/ Write gunicorn: \{ workerClass: sync \}\.$/,
  },
  {
    name: 'an ASGI app under a WSGI class',
    files: main(FASTAPI),
    packages: NEW,
    gunicorn: { workerClass: 'gthread' },
    gives: /is ASGI .* gthread serves WSGI\. \/ Write gunicorn: \{ workerClass: asgi \}/,
  },
  {
    name: 'a written class that is not installed',
    files: main(FASTAPI),
    packages: NEW,
    gunicorn: { workerClass: 'uvicorn_worker.UvicornWorker' },
    gives:
      /^gunicorn\.workerClass is uvicorn_worker\.UvicornWorker, and uvicorn-worker is not installed\. \/ Add uvicorn-worker to the dependencies, or write gunicorn: \{ workerClass: asgi \}\.$/,
  },
  {
    name: 'gevent that is not installed',
    files: main(FLASK),
    packages: PLAIN,
    gunicorn: { workerClass: 'gevent' },
    gives: /gevent is not installed\. \/ Add gevent .*workerClass: sync/,
  },
  {
    name: 'gevent that is installed',
    files: main(FLASK),
    packages: [...PLAIN, 'gevent-24.1'],
    gunicorn: { workerClass: 'gevent' },
    gives: /^gevent main:app \| gunicorn 25\.0\.1 with gevent \(landfall\.yaml\)/,
  },
  {
    name: 'asgi of an old Gunicorn',
    files: main(FASTAPI),
    packages: WORKER,
    gunicorn: { workerClass: 'asgi' },
    gives: /gunicorn 25 or newer is not installed/,
  },
  {
    name: 'a worker class of the project',
    files: main(FLASK),
    packages: PLAIN,
    gunicorn: { workerClass: 'shop.Worker' },
    gives: /^shop\.Worker main:app/,
  },
  {
    name: "the class in the project's file",
    files: main(FLASK, { 'gunicorn.conf.py': "worker_class = 'gthread'\nworkers = 5\n" }),
    packages: PLAIN,
    gives:
      /^gthread main:app \| gunicorn 25\.0\.1 with gthread \(gunicorn\.conf\.py\); .*; gunicorn\.conf\.py decides workers$/,
  },
  {
    name: 'a wrong class in the file',
    files: main(FASTAPI, { 'gunicorn.conf.py': "worker_class = 'uvicorn_worker.UvicornWorker'\n" }),
    packages: NEW,
    gives: /^worker_class of gunicorn\.conf\.py is uvicorn_worker/,
  },
  {
    name: 'a computed class',
    files: main(FLASK, { 'gunicorn.conf.py': 'import os\nworker_class = os.environ["C"]\n' }),
    packages: PLAIN,
    gives: /with the worker class \(gunicorn\.conf\.py\)/,
  },
  {
    name: "an app in the folder of the file's chdir, and a kind behind its pythonpath",
    files: {
      'back/web.py': 'from shop import app\n',
      'back/libs/shop.py': FLASK,
      'gunicorn.conf.py': "chdir = 'back'\npythonpath = 'none,libs'\n",
    },
    app: 'web:app',
    packages: WORKER,
    gives: /^sync web:app \| .*web:app is WSGI \(Flask, web\.py line 1\)/,
  },
  {
    name: "the only app below the file's chdir",
    files: { 'back/web.py': FLASK, 'gunicorn.conf.py': "chdir = 'back'\n" },
    packages: PLAIN,
    gives: /^sync web:app \| .*the app is web:app/,
  },
  {
    name: 'a chdir that leads out of the release, which does not count',
    files: main(FLASK, { 'gunicorn.conf.py': "chdir = '/srv/old'\n" }),
    packages: PLAIN,
    gives: /^sync main:app \| .*main:app is WSGI/,
  },
  {
    name: 'the class in GUNICORN_CMD_ARGS, above that of the file',
    files: main(FLASK, { 'gunicorn.conf.py': "worker_class = 'no.such.Class'\nworkers = 5\n" }),
    env: { GUNICORN_CMD_ARGS: "--worker-class=gthread -w '3' --daemon" },
    packages: PLAIN,
    gives:
      /^gthread main:app \| gunicorn 25\.0\.1 with gthread \(GUNICORN_CMD_ARGS\); .*; GUNICORN_CMD_ARGS decides workers; Landfall overrules daemon of GUNICORN_CMD_ARGS$/,
  },
  {
    name: 'values that landfall.yaml writes',
    files: main(FLASK, { 'gunicorn.conf.py': 'workers = 5\ntimeout = 9\n' }),
    packages: PLAIN,
    gunicorn: { workers: 2 },
    gives: /gunicorn\.conf\.py decides timeout$/,
  },
  {
    name: 'values that Landfall overrules',
    files: main(FLASK, { 'gunicorn.conf.py': "daemon = True\nbind = ':80'\n" }),
    packages: PLAIN,
    gives: /Landfall overrules bind, daemon of gunicorn\.conf\.py$/,
  },
  {
    name: 'a configuration elsewhere',
    files: main(FLASK, { 'conf/g.py': 'threads = 3\n' }),
    packages: PLAIN,
    gunicorn: { configFile: 'conf/g.py' },
    gives: /conf\/g\.py decides threads$/,
  },
  {
    name: 'a broken configuration',
    files: main(FLASK, { 'gunicorn.conf.py': 'workers = (' }),
    packages: PLAIN,
    gives: /^sync main:app/,
  },
  {
    name: 'an environment that cannot be read',
    files: main(FASTAPI),
    packages: [],
    gives: /^uvicorn_worker\.UvicornWorker main:app/,
  },
  {
    name: 'a factory without a call',
    files: main('from flask import Flask\ndef create_app():\n    return Flask(__name__)\n'),
    packages: PLAIN,
    app: 'main:create_app',
    gives:
      /^main:create_app is a function that makes the app \(main\.py line 2\)\. \/ Write app: main:create_app\(\)\.$/,
  },
  {
    name: 'a factory with a call',
    files: main('from flask import Flask\ndef create_app(env="dev"):\n    return Flask(__name__)\n'),
    packages: WORKER,
    app: "main:create_app('prod')",
    gives: /^sync main:create_app\('prod'\) .*WSGI \(Flask/,
  },
  {
    name: 'a factory that another module has',
    files: main('from shop.web import create_app\napp = create_app()\n', {
      'shop/__init__.py': '',
      'shop/web.py': FASTAPI.replace('app = ', 'def create_app():\n    return '),
    }),
    packages: NEW,
    gives: /^asgi main:app .*FastAPI, main\.py line 2/,
  },
  {
    name: 'an app that is imported',
    files: main('from shop import app\n', {
      'shop/__init__.py': 'from .web import app\n',
      'shop/web.py': FLASK,
    }),
    packages: PLAIN,
    gives: /^sync .*WSGI \(Flask/,
  },
  {
    name: 'an app inside of try',
    files: main(
      'try:\n    import x\nexcept ImportError:\n    x = None\nif True:\n    from fastapi import FastAPI as F, FastAPI\n    app = FastAPI()\n',
    ),
    packages: NEW,
    gives: /^asgi .*line 7/,
  },
  {
    name: 'a bare ASGI function',
    files: main('async def app(scope, receive, send):\n    pass\n'),
    packages: NEW,
    gives: /^asgi .*async function/,
  },
  {
    name: 'a bare WSGI function',
    files: main('def app(environ, start_response):\n    return []\n'),
    packages: PLAIN,
    gives: /^sync main:app/,
  },
  {
    name: 'Django',
    files: {
      'shop/__init__.py': '',
      'shop/wsgi.py':
        'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
    },
    packages: PLAIN,
    app: 'shop.wsgi:application',
    gives: /^sync shop\.wsgi:application/,
  },
  {
    name: 'Django, without app',
    files: {
      'manage.py': '',
      'shop/__init__.py': '',
      'shop/wsgi.py':
        'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
    },
    packages: PLAIN,
    gives:
      /^sync shop\.wsgi:application \| .*the app is shop\.wsgi:application \(the only app of the release\)/,
  },
  {
    name: 'Django with two',
    files: {
      'shop/wsgi.py': 'application = get_wsgi_application()\n',
      'shop/asgi.py': 'application = get_asgi_application()\n',
    },
    packages: PLAIN,
    gives:
      /^The release has no module main\. \/ Write app: shop\.wsgi:application\. The release also has shop\.asgi:application\.$/,
  },
  { name: 'app.py without app', files: { 'app.py': FLASK }, packages: PLAIN, gives: /^sync app:app / },
  {
    name: 'a src layout',
    files: { 'src/shop/__init__.py': '', 'src/shop/main.py': FASTAPI },
    packages: NEW,
    app: 'shop.main:app',
    gives: /^asgi shop\.main:app/,
  },
  {
    name: 'another name in the module',
    files: main(FLASK.replace('app =', 'application =')),
    packages: PLAIN,
    app: 'main:server',
    gives: /^main\.py has no server\. \/ Write app: main:application\.$/,
  },
  {
    name: "the app of the project's file",
    files: { 'web.py': FLASK, 'other.py': FLASK, 'gunicorn.conf.py': "wsgi_app = 'web:app'\n" },
    packages: PLAIN,
    gives: /the app is web:app \(gunicorn\.conf\.py\)/,
  },
  {
    name: 'an installed module',
    files: { 'x.py': '' },
    packages: [...NEW, '../shop'],
    app: 'shop.main:app',
    gives: /^asgi shop\.main:app/,
  },
  {
    name: 'a name that may come from elsewhere',
    files: main('from fastapi import *\n'),
    packages: NEW,
    gives: /^asgi main:app \| gunicorn 25\.0\.1 with asgi$/,
  },
  {
    name: 'an app that is not known',
    files: main('import strange\napp = strange.make()\n'),
    packages: PLAIN,
    gives: /^sync main:app/,
  },
  {
    name: 'a module that does not parse',
    files: main('app = (\n'),
    packages: PLAIN,
    gives: /^sync main:app/,
  },
];

const PROGRAM = `
import json, sys
from landfall_host.examination import examine
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(examine(case['release'], case['release'], {**case, 'pythonPath': []})))
`;

const folder = mkdtempSync(join(tmpdir(), 'landfall-examined-'));
after(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const cases = ROWS.map(({ files, packages, app = 'main:app', gunicorn }, index) => {
  const release = join(folder, `${index}`);
  for (const [name, text] of Object.entries(files)) put(join(release, name), text);
  const site = join(release, '.venv/lib/python3.11/site-packages');
  for (const each of packages) {
    if (each.startsWith('../')) put(join(site, each.slice(3), '__init__.py'), '');
    else put(join(site, `${each}.dist-info/METADATA`), '');
  }
  return JSON.stringify({ release, app, configFile: gunicorn?.configFile ?? null });
});
const answers = printedFor(PROGRAM, cases) as Examined[];

for (const [index, { name, app = 'main:app', gunicorn, env = {}, gives }] of ROWS.entries()) {
  test(`the server of a release: ${name}`, () => {
    const examined = answers[index];
    assert.ok(examined !== undefined);
    const standard = settings();
    const resolved = resolveServer(
      { ...standard, app, env, gunicorn: { ...standard.gunicorn, ...gunicorn } },
      examined,
    );
    const said =
      'refused' in resolved
        ? `${resolved.refused.message} / ${resolved.refused.advice}`
        : `${resolved.server.workerClass ?? resolved.server.standardClass} ${resolved.app} | ${resolved.words.join('; ')}`;
    assert.match(said, gives, JSON.stringify(examined));
  });
}

test("the time to stop follows the project's file, within what systemd waits", () => {
  const examined = { ...(answers[0] as Examined) };
  const stop = (graceful_timeout: string) => {
    const conf = { file: 'gunicorn.conf.py', values: { graceful_timeout }, computed: [] };
    const resolved = resolveServer(settings(), { ...examined, conf });
    return 'server' in resolved && resolved.server.stop;
  };
  assert.deepEqual(['120', '7200', 'None'].map(stop), [120_000, 30_000, 30_000]);
});
