import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { acceptedDraft } from '../../../src/init/accepted-draft';
import { examine } from '../../../src/init/examine';
import { proposedDraft } from '../../../src/init/proposal';
import { packageRoot } from '../../../src/package-root';
import { commitOf } from '../deployment/project/commit';

/** The keys beyond service, repository and environments, as landfall init writes them. */
function proposed(files: Record<string, string>, folder = ''): Record<string, unknown> {
  const found = examine(commitOf(files, folder));
  const draft = proposedDraft(found, {
    service: 'shop',
    repository: 'git@github.com:acme/shop.git',
    folder,
    app: found.apps[0] ?? null,
    environment: 'production',
    hosts: ['web1.example.com'],
    readiness: null,
    controller: null,
  });
  const { text } = acceptedDraft('landfall.yaml', draft);
  const { service, repository, environments, ...keys } = parse(text);
  assert.deepEqual([service, environments.production.hosts], ['shop', ['web1.example.com']]);
  assert.ok(repository);
  return keys;
}

function folderFiles(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
  return Object.fromEntries(files.map((file) => [relative(folder, file), readFileSync(file, 'utf8')]));
}

const HEALTH = '@app.get("/health/ready")\ndef ready():\n    return {"status": "ok"}\n';
const FASTAPI = `from fastapi import FastAPI\napp = FastAPI()\n${HEALTH}`;
const MIGRATE = { command: ['python', 'manage.py', 'migrate', '--noinput'] };

describe('the projects of the zoo', () => {
  const expected: Record<string, Record<string, unknown>> = {
    'celery-redis': {
      processes: {
        worker: {
          command: 'celery -A shop worker',
          ready: { command: 'celery -A shop inspect ping -d $HOSTNAME' },
        },
        beat: { command: 'celery -A shop beat', singleton: true },
      },
    },
    'django-gthread': {
      app: 'shop.wsgi:application',
      shared: ['db.sqlite3'],
      build: { commands: ['python manage.py collectstatic --noinput'], env: { SECRET_KEY: 'build' } },
      public: ['static'],
      migrate: MIGRATE,
    },
    'fastapi-uv': {},
    'flask-factory': {},
    'flask-sync': { app: 'app:app' },
    'litestar-granian': {},
    poetry: {},
    queues: {
      app: 'app:app',
      processes: {
        rq: { command: 'rq worker --url $REDIS_URL' },
        arq: { command: 'arq worker.WorkerSettings' },
        scheduler: { command: 'python -m clock', singleton: true },
      },
    },
    'src-layout': { app: 'shop.main:app' },
    'starlette-hypercorn': {},
    'uvicorn-streams': {},
  };
  const projects = join(packageRoot(), 'test', 'zoo', 'projects');

  it('are all in this table', () => {
    const folders = readdirSync(projects, { withFileTypes: true }).filter((each) => each.isDirectory());
    assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(expected).sort());
  });

  for (const [name, keys] of Object.entries(expected))
    it(`${name} gets only the keys that a deploy needs`, () => {
      assert.deepEqual(proposed(folderFiles(join(projects, name))), keys);
    });
});

describe('the proposed landfall.yaml', () => {
  const rows: {
    title: string;
    files: Record<string, string>;
    folder?: string;
    keys: Record<string, unknown>;
  }[] = [
    {
      title: 'takes workers, class, timeout and other options of a Procfile, and its release command',
      files: {
        'main.py': FASTAPI,
        'requirements.txt': 'fastapi\ngunicorn\nuvicorn-worker\n',
        Procfile: [
          'web: exec gunicorn main:app -w 4 -k uvicorn_worker.UvicornWorker --timeout=90 --bind 0.0.0.0:$PORT --max-requests 1000 --access-logfile -',
          'release: poetry run alembic upgrade head',
          'mailer: python -m shop.mailer --every 5',
        ].join('\n'),
      },
      keys: {
        gunicorn: { workers: 4, workerClass: 'uvicorn_worker.UvicornWorker', timeout: '90s' },
        server: { name: 'gunicorn', options: ['--max-requests', '1000', '--access-logfile', '-'] },
        migrate: { command: ['alembic', 'upgrade', 'head'] },
        processes: { mailer: { command: 'python -m shop.mailer --every 5' } },
      },
    },
    {
      title: 'names the server of a Dockerfile where Gunicorn is installed too',
      files: {
        'shop/main.py': FASTAPI,
        'shop/__init__.py': '',
        'requirements.txt': 'fastapi\ngunicorn\nuvicorn\n',
        Dockerfile: 'FROM python\nCMD ["uvicorn", "shop.main:app", "--host", "0.0.0.0", "--workers", "3"]\n',
      },
      keys: { app: 'shop.main:app', server: { name: 'uvicorn', workers: 3 } },
    },
    {
      title: 'takes the app of a committed unit',
      files: {
        'web.py':
          'from flask import Flask\na = Flask(__name__)\nb = Flask(__name__)\n@b.route("/healthz")\ndef h(): return "ok"\n',
        'requirements.txt': 'flask\ngunicorn\n',
        'deploy/shop.service': '[Service]\nExecStart=/srv/shop/venv/bin/gunicorn --workers 2 web:b\n',
      },
      keys: { app: 'web:b', gunicorn: { workers: 2 }, readiness: { path: '/healthz' } },
    },
    {
      title: 'gives a Django project with production settings its settings module, Host and static files',
      files: {
        'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")\n',
        'requirements.txt': 'django\ngunicorn\npsycopg[binary]\nwhitenoise\n',
        'shop/__init__.py': '',
        'shop/wsgi.py':
          'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")\napplication = get_wsgi_application()\n',
        'shop/settings/base.py':
          'STATIC_ROOT = BASE_DIR / "static"\nNAME = {"NAME": BASE_DIR / "db.sqlite3"}\n',
        'shop/settings/dev.py': 'from .base import *\nDEBUG_KEY = os.environ["DEBUG_KEY"]\n',
        'shop/settings/production.py':
          'from .base import *\nSECRET_KEY = os.environ["SECRET_KEY"]\nALLOWED_HOSTS = [".example.com"]\nSECURE_SSL_REDIRECT = True\n',
        'shop/urls.py': 'urlpatterns = [path("status/", include("shop.status.urls"))]\n',
        'shop/status/urls.py': 'urlpatterns = [path("ready/", views.ready)]\n',
        'shop/status/views.py':
          'def ready(request):\n    connection.ensure_connection()\n    return HttpResponse()\n',
      },
      keys: {
        app: 'shop.wsgi:application',
        env: { DJANGO_SETTINGS_MODULE: 'shop.settings.production' },
        build: { commands: ['python manage.py collectstatic --noinput'], env: { SECRET_KEY: 'build' } },
        migrate: MIGRATE,
        readiness: {
          path: '/status/ready/',
          headers: { Host: 'example.com', 'X-Forwarded-Proto': 'https' },
        },
      },
    },
    {
      title: 'starts modules in src without a package of its own from there',
      files: {
        'src/shop/__init__.py': '',
        'src/shop/main.py': FASTAPI,
        'requirements.txt': 'fastapi\nuvicorn\n',
      },
      keys: { app: 'shop.main:app', pythonPath: ['src'] },
    },
    {
      title: 'names the folder of a service in a repository of several',
      files: {
        'services/shop/main.py': FASTAPI,
        'services/shop/requirements.txt': 'fastapi\nuvicorn\n',
        'services/mail/main.py': FASTAPI,
      },
      folder: 'services/shop',
      keys: { path: 'services/shop' },
    },
    {
      title: 'installs what pyproject.toml lists where no lock file pins it',
      files: {
        'main.py': FASTAPI,
        'pyproject.toml': '[project]\nname = "shop"\ndependencies = ["fastapi[standard]"]\n',
      },
      keys: { dependencies: { unlocked: true } },
    },
    {
      title: 'chooses among several requirement files and lock files',
      files: {
        'main.py': FASTAPI,
        'requirements/production.txt': 'fastapi\nuvicorn\n',
        'requirements/prod.txt': 'fastapi\n',
      },
      keys: { requirements: ['requirements/production.txt'] },
    },
    {
      title: 'asks for a connection where the app has neither a health route nor a first page',
      files: {
        'main.py': 'def app(environ, start_response):\n    return []\n',
        'requirements.txt': 'gunicorn\n',
      },
      keys: { readiness: { check: 'tcp' } },
    },
    {
      title: 'asks for the first page where the app has no health route',
      files: {
        'main.py':
          'from flask import Flask\napp = Flask(__name__)\n@app.route("/")\ndef index(): return ""\n',
        'requirements.txt': 'flask\ngunicorn\n',
      },
      keys: { readiness: { path: '/' } },
    },
    {
      title: 'leaves out a value of another tool that landfall.yaml does not take',
      files: {
        'main.py': FASTAPI,
        'requirements.txt': 'fastapi\ngunicorn\n',
        Procfile: `web: gunicorn main:app -w 4 -k 'no class;' -c ../up.py\nbad: ${'x'.repeat(40_000)}\n`,
      },
      keys: { gunicorn: { workers: 4 } },
    },
  ];
  for (const { title, files, folder, keys } of rows)
    it(title, () => assert.deepEqual(proposed(files, folder), keys));

  it('keeps its promise for hostile files: it never throws, and nothing of them becomes a key', () => {
    const hostile = '\u0000\u2028"\'#\n---\n';
    const keys = proposed({
      'main.py': `${FASTAPI}${hostile}@app.get("/health/${hostile}")\n`,
      'requirements.txt': hostile,
      'pyproject.toml': hostile,
      Procfile: `web: gunicorn main:app --name '${hostile}\nweb: gunicorn main:app --env A=$(id)`,
      'x.service': `[Service]\nExecStart=${hostile}`,
      'landfall.yaml': hostile,
    });
    assert.deepEqual(Object.keys(keys), []);
  });
});
