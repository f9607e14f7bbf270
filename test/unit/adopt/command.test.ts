import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asInRelease, serverIn } from '../../../src/adopt/command';

/** As a person writes it into ExecStart=, without quotes in the words. */
const read = (line: string) => serverIn(line.split(' '));

test('the server, its app and its options are read from the command of a unit', () => {
  const rows: [string, string, string | null, Record<string, string>][] = [
    ['/srv/a/venv/bin/gunicorn main:app', 'gunicorn', 'main:app', {}],
    [
      'gunicorn -w4 --bind=unix:/run/a.sock shop.wsgi',
      'gunicorn',
      'shop.wsgi',
      { workers: '4', bind: 'unix:/run/a.sock' },
    ],
    ['gunicorn --access-logfile - --name shop a:b', 'gunicorn', 'a:b', {}],
    [
      'python3 -m gunicorn -c conf.py a:b --threads 8',
      'gunicorn',
      'a:b',
      { configFile: 'conf.py', threads: '8' },
    ],
    ['/usr/bin/env DEBUG=*** gunicorn a:b', 'gunicorn', 'a:b', {}],
    ['/usr/local/bin/uv run --no-sync gunicorn a:b', 'gunicorn', 'a:b', {}],
    [
      'poetry run uvicorn main:app --host 0.0.0.0 --port 8001',
      'uvicorn',
      'main:app',
      { bind: '0.0.0.0:8001' },
    ],
    ['uvicorn --uds /run/a.sock --proxy-headers a:b', 'uvicorn', 'a:b', { bind: '/run/a.sock' }],
    ['uvicorn --port 9000 a:b', 'uvicorn', 'a:b', { bind: '127.0.0.1:9000' }],
    ['uvicorn --host :: a:b', 'uvicorn', 'a:b', { bind: '[::]:8000' }],
    ['hypercorn -b 127.0.0.1:9 -w 3 a:b', 'hypercorn', 'a:b', { bind: '127.0.0.1:9', workers: '3' }],
    ['gunicorn', 'gunicorn', null, {}],
  ];
  for (const [line, server, app, options] of rows) {
    const found = read(line);
    assert.deepEqual([found?.server, found?.app, found?.options], [server, app, options], line);
  }
  assert.equal(read('/usr/bin/node server.js'), null);
});

test('a command within a shell is read, the last one of several', () => {
  const found = serverIn(['/bin/bash', '-lc', 'cd /srv/a && exec gunicorn -b "127.0.0.1:9" --preload a:b']);
  assert.deepEqual([found?.app, found?.options.bind, found?.preload], ['a:b', '127.0.0.1:9', true]);
});

test('preload and options without a key are told apart from the app', () => {
  const found = read('gunicorn --preload --statsd-host localhost:8125 --max-requests 1000 a:b');
  assert.deepEqual(
    [found?.preload, found?.others, found?.app],
    [true, ['--statsd-host', '--max-requests'], 'a:b'],
  );
});

test('a release runs the program of its own environment', () => {
  const rows: [string, string][] = [
    ['/srv/a/venv/bin/celery -A shop worker', 'celery -A shop worker'],
    ['/usr/bin/env celery -A shop beat', 'celery -A shop beat'],
    ['poetry run rq worker', 'rq worker'],
    ['/srv/a/venv/bin/python manage.py cleanup', 'python manage.py cleanup'],
  ];
  for (const [line, wanted] of rows) assert.equal(asInRelease(line.split(' ')).join(' '), wanted);
  assert.deepEqual(asInRelease(['/bin/sh', '-c', 'cd /srv/a && venv/bin/rq worker']), ['rq', 'worker']);
});
