import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicInWords } from '../../../../src/activities/prepare/examine-release';

test('static files that a proxy cannot read are named with the key', () => {
  assert.deepEqual(publicInWords({ unread: null, notes: ['www-data may read static'] }), [
    'www-data may read static',
  ]);
  assert.deepEqual(
    publicInWords({ unread: { users: ['www-data', 'caddy'], folders: ['static', 'media'] }, notes: [] }),
    [
      'a proxy cannot read static/, media/ (www-data, caddy): where it serves them by itself, write public: [static, media]',
    ],
  );
});
