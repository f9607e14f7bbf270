import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contractTypes, TYPES_FILE } from '../../../tools/contract-types';

test('the TypeScript types are what host/contract.json says now; npm run contract renews them', () => {
  assert.equal(readFileSync(TYPES_FILE, 'utf8'), contractTypes());
});
