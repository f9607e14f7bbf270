import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFacts } from '../../../../src/deployment/project/read-facts';
import { settings } from '../../../harness/deploy-input';
import { commitOf } from './commit';

const factsOf = (files: Record<string, string>, folder = '') =>
  readFacts(commitOf({ 'requirements.txt': '', ...files }, folder), settings());

const APPS: Record<string, [Record<string, string>, string[]]> = {
  none: [{ 'main.py': 'print("app = FastAPI()")\n' }, []],
  fastapi: [{ 'main.py': 'app = FastAPI(title="x")\n' }, ['main:app']],
  'with an annotation and a module': [
    { 'shop/web.py': 'api: fastapi.FastAPI = fastapi.FastAPI()\n' },
    ['shop.web:api'],
  ],
  'the likeliest first': [
    { 'shop/other.py': 'app = Flask(__name__)\n', 'shop/main.py': 'app = Flask(__name__)\n' },
    ['shop.main:app', 'shop.other:app'],
  ],
  'no tests': [{ 'tests/app.py': 'app = Flask("x")\n', 'test_app.py': 'app = Flask("x")\n' }, []],
  django: [
    {
      'shop/wsgi.py': 'application = get_wsgi_application()\n',
      'shop/asgi.py': 'application = get_asgi_application()\n',
    },
    ['shop.wsgi:application'],
  ],
  'django with Channels': [
    {
      'shop/wsgi.py': 'application = get_wsgi_application()\n',
      'shop/asgi.py': 'application = ProtocolTypeRouter({\n',
    },
    ['shop.asgi:application', 'shop.wsgi:application'],
  ],
  'a factory, where there is nothing else': [
    { 'shop/__init__.py': 'def create_app(config=None):\n    app = Flask(__name__)\n' },
    ['shop:create_app()'],
  ],
  'a factory that needs an argument': [{ 'shop/__init__.py': 'def create_app(config):\n' }, []],
  'a src layout that is not installed': [{ 'src/shop/main.py': 'app = FastAPI()\n' }, ['src.shop.main:app']],
  'a src layout that is installed': [
    { 'requirements.txt': '-e .\n', 'pyproject.toml': '', 'src/shop/main.py': 'app = FastAPI()\n' },
    ['shop.main:app'],
  ],
};

for (const [name, [files, expected]] of Object.entries(APPS))
  test(`apps: ${name}`, () => assert.deepEqual(factsOf(files).apps, expected));

test('a scheduler and a migration at start-up are told with their places', () => {
  const { hints, notices } = factsOf({
    'main.py': '# BackgroundScheduler()\nscheduler = BackgroundScheduler()\n',
    'db.py': '\nBase.metadata.create_all(engine)\n',
  });
  assert.deepEqual(
    hints.map(({ file, line, what }) => `${file}:${line} ${what}`),
    ['main.py:2 scheduler', 'db.py:2 migrates-at-start'],
  );
  assert.deepEqual(notices, [
    'main.py line 2 makes a scheduler: started in the web app, each worker runs its jobs (write it under processes: with singleton: true)',
    'db.py line 2 may change the database when the app starts, also on trial',
  ]);
});

test('other ways to run jobs in each worker are told too', () => {
  const files = { 'a.py': 'app = Rocketry()\n', 'b.py': '\n@repeat_every(seconds=60)\nasync def tidy():\n' };
  const { hints } = factsOf(files);
  assert.deepEqual(
    hints.map(({ file, line, what }) => `${file}:${line} ${what}`),
    ['a.py:1 scheduler', 'b.py:2 scheduler'],
  );
});

test("the project's Gunicorn file, and folders that a proxy reads", () => {
  const files = { 'app/gunicorn.conf.py': '', 'app/static/a.css': '', 'media/x': '' };
  const { gunicornConf, publicFolders } = factsOf(files, 'app');
  assert.deepEqual([gunicornConf, publicFolders], ['gunicorn.conf.py', ['static']]);
});
