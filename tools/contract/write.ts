/** `npm run contract`: writes the types of `host/contract.json` for both languages. A test fails when they are stale. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { pythonTypes } from './python';
import { contractTypes } from './typescript';

/** The written files, with the text that they must have. */
export const TYPE_FILES = {
  [join(packageRoot(), 'src', 'contract', 'contract-types.ts')]: contractTypes,
  [join(packageRoot(), 'host', 'landfall_host', 'contract_types.py')]: pythonTypes,
};

if (require.main === module) {
  for (const [file, text] of Object.entries(TYPE_FILES)) writeFileSync(file, text());
}
