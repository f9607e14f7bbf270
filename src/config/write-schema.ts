/** Writes `landfall.schema.json` and the table in `docs/configuration.md`: `npm run schema`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { schemaFileText } from './json-schema';
import { withKeyTable } from './key-table';

const page = 'docs/configuration.md';
writeFileSync('landfall.schema.json', schemaFileText());
writeFileSync(page, withKeyTable(readFileSync(page, 'utf8')));
