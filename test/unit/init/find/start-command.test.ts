import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCommand } from '../../../../src/init/find/start-command';

test('the start command of a file is what its last command starts, with all that has no place', () => {
  const found = startCommand({
    text: 'alembic upgrade head && gunicorn --preload -w 2 shop.wsgi',
    from: 'Procfile',
  });
  assert.deepEqual(
    [found?.from, found?.server, found?.app, found?.keys],
    ['Procfile', 'gunicorn', 'shop.wsgi:application', [{ path: ['gunicorn', 'workers'], value: 2 }]],
  );
  assert.match(found?.dropped.join() ?? '', /^--preload has a key: gunicorn: \{ preload: true \}$/);
  assert.equal(startCommand({ text: 'python manage.py runserver', from: 'Procfile' }), null);
});
