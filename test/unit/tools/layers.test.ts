import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsAgainstLayers } from '../../../tools/layers/layers';

test('a file imports from its own room and from lower layers', () => {
  const source = `import { z } from 'zod';
import type { Claim } from '../contract/contract-types';
import { parseRef } from '../config/ref';
import { other } from './other';
const text = import('../text/safe-text');`;
  assert.deepEqual(importsAgainstLayers('src/git/mirrors.ts', source), []);
  assert.deepEqual(importsAgainstLayers('src/client.ts', "import './cli/bundle';"), []);
  assert.deepEqual(
    importsAgainstLayers('src/contract/contract.ts', "import contract from '../../host/contract.json';"),
    [],
  );
});

test('an import from a higher layer, from the same layer or from outside of src/ is named with its line', () => {
  const source = `import {
  type Activities,
} from '../activities';
export type { Executed } from '../ssh/execute';
import { fail } from '../deployment/failures';
import contract from '../../host/contract.json';
const shop = require('../../test/harness/shop');`;
  assert.deepEqual(
    importsAgainstLayers('src/git/mirrors.ts', source).map(({ line, found }) => `${line}: ${found}`),
    [
      '3: imports src/activities, but the layer of activities is not below that of git',
      '4: imports src/ssh/execute, but the layer of ssh is not below that of git',
      '6: imports host/contract.json, which is not in src/',
      '7: imports test/harness/shop, which is not in src/',
    ],
  );
});

test('a room without a layer is named', () => {
  assert.deepEqual(importsAgainstLayers('src/helpers/misc.ts', ''), [
    { line: 1, found: 'helpers has no layer' },
  ]);
});
