import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverKeys } from '../../../../src/deployment/start-command/keys';
import { serverIn } from '../../../../src/deployment/start-command/server';

/** As a person writes it into ExecStart=, without quotes in the words. */
const read = (line: string) => serverIn(line.split(' '));
const keysOf = (line: string, directory: string | null = null) => {
  const command = read(line);
  assert.ok(command !== null);
  const { keys, options, dropped } = serverKeys(command, directory);
  return {
    keys: Object.fromEntries(keys.map((each) => [each.path.join('.'), each.value])),
    options,
    dropped,
  };
};

test('the server, its app and its options are read from a command', () => {
  const rows: [string, string, string | null, Record<string, string>][] = [
    ['/srv/a/venv/bin/gunicorn main:app', 'gunicorn', 'main:app', {}],
    [
      'gunicorn -w4 --bind=unix:/run/a.sock shop.wsgi',
      'gunicorn',
      'shop.wsgi:application',
      { workers: '4', bind: 'unix:/run/a.sock' },
    ],
    ['gunicorn --access-logfile - --name shop a:b', 'gunicorn', 'a:b', {}],
    [
      'python3 -m gunicorn -c conf.py a:b --threads 8',
      'gunicorn',
      'a:b',
      { configFile: 'conf.py', threads: '8' },
    ],
    ['/usr/bin/env DEBUG=*** ddtrace-run gunicorn a:b', 'gunicorn', 'a:b', {}],
    ['/usr/local/bin/uv run --no-sync gunicorn a:b', 'gunicorn', 'a:b', {}],
    [
      'poetry run uvicorn main:app --host 0.0.0.0 --port 8001',
      'uvicorn',
      'main:app',
      { bind: '0.0.0.0:8001' },
    ],
    ['uvicorn --uds /run/a.sock --proxy-headers a:b', 'uvicorn', 'a:b', { bind: '/run/a.sock' }],
    ['uvicorn --port 9000 a:b', 'uvicorn', 'a:b', { bind: '127.0.0.1:9000' }],
    ['uvicorn --host :: --factory a:b', 'uvicorn', 'a:b()', { bind: '[::]:8000' }],
    ['hypercorn -b 127.0.0.1:9 -w 3 a:b', 'hypercorn', 'a:b', { bind: '127.0.0.1:9', workers: '3' }],
    ['granian --interface asgi --some-flag a:b', 'granian', 'a:b', {}],
    ['fastapi run', 'uvicorn', null, {}],
    ['gunicorn', 'gunicorn', null, {}],
  ];
  for (const [line, server, app, options] of rows) {
    const found = read(line);
    assert.deepEqual([found?.server, found?.app, found?.options], [server, app, options], line);
  }
  for (const line of ['/usr/bin/node server.js', 'python manage.py runserver', 'celery -A shop worker'])
    assert.equal(read(line), null);
});

test('a command within a shell is read, the last one of several', () => {
  const found = serverIn([
    '/bin/bash',
    '-lc',
    'cd /srv/a && exec gunicorn -b "127.0.0.1:9" --preload a:b >> log',
  ]);
  assert.deepEqual([found?.app, found?.options.bind, found?.preload], ['a:b', '127.0.0.1:9', true]);
});

test('every option becomes a key, a word of the command line, or a reason why not', () => {
  const rows: [string, string | null, ReturnType<typeof keysOf>][] = [
    [
      'gunicorn -w 4 -k gthread --threads=8 -t 60 --graceful-timeout 20 -c deploy/conf.py --preload shop.wsgi',
      null,
      {
        keys: {
          'gunicorn.workers': 4,
          'gunicorn.workerClass': 'gthread',
          'gunicorn.threads': 8,
          'gunicorn.timeout': '60s',
          'gunicorn.gracefulTimeout': '20s',
          'gunicorn.configFile': 'deploy/conf.py',
        },
        options: [],
        dropped: [],
      },
    ],
    [
      'gunicorn --chdir /srv/a -c /srv/a/gunicorn.conf.py --statsd-host localhost:8125 --max-requests 1000 --keyfile *** a:b',
      '/srv/a',
      {
        keys: {},
        options: ['--statsd-host', 'localhost:8125', '--max-requests', '1000'],
        dropped: ['--keyfile has a value that may be a secret'],
      },
    ],
    [
      'gunicorn -w $N -c /etc/a.py a:b',
      '/srv/a',
      {
        keys: {},
        options: [],
        dropped: [
          '--workers $N has a variable, which only a shell expands',
          '--config /etc/a.py is not a file of the repository that a key can name',
        ],
      },
    ],
    [
      'uvicorn --port $PORT --workers 3 --timeout-graceful-shutdown 9 --proxy-headers --root-path /api --log-level $LEVEL a:b',
      null,
      {
        keys: { 'server.workers': 3, 'server.gracefulTimeout': '9s' },
        options: ['--proxy-headers', '--root-path', '/api'],
        dropped: ['--log-level $LEVEL has a variable, which only a shell expands'],
      },
    ],
  ];
  for (const [line, directory, wanted] of rows) assert.deepEqual(keysOf(line, directory), wanted, line);
  assert.match(keysOf('uvicorn --env-file .env a:b').dropped.join(), /^--env-file .*envFiles/);
  assert.match(keysOf('granian --interface asgi a:b').dropped.join(), /^--interface is chosen/);
});
