import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreadInWords } from '../../../../src/activities/prepare/fetch-release';

test('static files that a proxy cannot read are named with the way', () => {
  assert.equal(unreadInWords(null, 'shop'), '');
  assert.equal(
    unreadInWords({ users: ['www-data', 'caddy'], folders: ['static', 'media'] }, 'shop'),
    '; a proxy cannot read static/, media/ (www-data, caddy): where it serves them by itself, run usermod -aG shop www-data and restart it',
  );
});
