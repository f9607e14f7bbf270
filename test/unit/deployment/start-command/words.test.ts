import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inRelease, lastOf, wordsOf } from '../../../../src/deployment/start-command/words';

test('a command keeps its words, without the ways to call it; a shell’s work gives none', () => {
  const rows: [string, string][] = [
    ['gunicorn main:app', 'gunicorn main:app'],
    ['exec /srv/shop/.venv/bin/gunicorn main:app', 'gunicorn main:app'],
    ['PYTHONPATH=src A=b poetry run python -m uvicorn main:app', 'uvicorn main:app'],
    ['bash -lc \'exec uv run gunicorn "main:app"\'', 'gunicorn main:app'],
    ['python3.12 -m shop.worker', 'python3.12 -m shop.worker'],
    ["cd /srv/shop && . venv/bin/activate && exec celery -A 'shop' worker", 'celery -A shop worker'],
    ['./worker.sh --name="a b"', './worker.sh --name=a b'],
    ['cd backend && celery worker', ''],
    ['alembic upgrade head && gunicorn main:app', ''],
    ['gunicorn main:app > log', ''],
    ['gunicorn main:app 2>&1 | tee log', ''],
    ['gunicorn $(cat app)', ''],
    ['', ''],
  ];
  for (const [text, words] of rows) assert.equal(wordsOf(text).join(' '), words, text);
});

test('a release runs the program of its own environment', () => {
  const rows: [string[], string][] = [
    [['/srv/a/venv/bin/celery', '-A', 'shop', 'worker'], 'celery -A shop worker'],
    [['/usr/bin/env', 'celery', '-A', 'shop', 'beat'], 'celery -A shop beat'],
    [['poetry', 'run', 'rq', 'worker'], 'rq worker'],
    [['/srv/a/venv/bin/python', 'manage.py', 'cleanup'], 'python manage.py cleanup'],
    [['/bin/sh', '-c', 'cd /srv/a && venv/bin/rq worker'], 'rq worker'],
    [['/bin/sh', '-c', 'cd /srv/a && /srv/a/venv/bin/rq worker'], 'rq worker'],
    [['/bin/sh', '-c', 'alembic upgrade head; rq worker'], ''],
  ];
  for (const [words, wanted] of rows) assert.equal(inRelease(words).join(' '), wanted);
});

test('the last command of a script starts the server', () => {
  assert.deepEqual(lastOf('alembic upgrade head && exec gunicorn "a b" 2>&1'), ['exec', 'gunicorn', 'a b']);
  assert.deepEqual(lastOf('bash -c "set -e; gunicorn main:app"'), ['gunicorn', 'main:app']);
});
