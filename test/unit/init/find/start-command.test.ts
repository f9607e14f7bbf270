import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startCommand, wordsOf } from '../../../../src/init/find/start-command';

const read = (text: string) => startCommand({ name: 'web', words: wordsOf(text), text, from: 'Procfile' });

describe('the words of a command', () => {
  const rows: [string, string][] = [
    ['gunicorn main:app', 'gunicorn main:app'],
    ['exec /srv/shop/.venv/bin/gunicorn main:app', 'gunicorn main:app'],
    ['PYTHONPATH=src A=b poetry run python -m uvicorn main:app', 'uvicorn main:app'],
    ['bash -lc \'exec uv run gunicorn "main:app"\'', 'gunicorn main:app'],
    ['python3.12 -m shop.worker', 'python3.12 -m shop.worker'],
    ['alembic upgrade head && gunicorn main:app', ''],
    ['gunicorn main:app > log', ''],
    ['gunicorn $(cat app)', ''],
    ['', ''],
  ];
  for (const [text, words] of rows)
    it(`of ${text || 'nothing'}`, () => assert.equal(wordsOf(text).join(' '), words));
});

describe('the start command', () => {
  it('gives the keys of Gunicorn', () => {
    const found = read(
      'gunicorn -w 4 -k gthread --threads=8 -t 60 --graceful-timeout 20 -c deploy/conf.py shop.wsgi',
    );
    assert.equal(found?.app, 'shop.wsgi:application');
    assert.deepEqual(
      Object.fromEntries(found?.keys.map(({ path, value }) => [path.join('.'), value]) ?? []),
      {
        'gunicorn.workers': 4,
        'gunicorn.workerClass': 'gthread',
        'gunicorn.threads': 8,
        'gunicorn.timeout': '60s',
        'gunicorn.gracefulTimeout': '20s',
        'gunicorn.configFile': 'deploy/conf.py',
      },
    );
    assert.deepEqual([found?.options, found?.dropped], [[], []]);
  });

  it('keeps other options, and says why some have no place', () => {
    const found = read(
      'uvicorn --factory shop:create_app --port $PORT --workers 3 --proxy-headers --root-path /api --env-file .env --log-level $LEVEL',
    );
    assert.equal(found?.app, 'shop:create_app()');
    assert.deepEqual(found?.keys, [{ path: ['server', 'workers'], value: 3 }]);
    assert.deepEqual(found?.options, ['--proxy-headers', '--root-path', '/api']);
    assert.match(
      found?.dropped.join('\n') ?? '',
      /^--env-file .*envFiles[\s\S]*--log-level \$LEVEL has a variable/,
    );
  });

  it('finds the app behind a flag that is not known', () => {
    const found = read('granian --interface asgi --some-flag main:app');
    assert.deepEqual([found?.app, found?.options], ['main:app', ['--some-flag']]);
    assert.match(found?.dropped.join() ?? '', /--interface/);
  });

  it('is none for another program', () => {
    assert.equal(read('python manage.py runserver'), null);
    assert.equal(read('celery -A shop worker'), null);
  });
});
