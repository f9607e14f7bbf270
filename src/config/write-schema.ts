/** Writes `landfall.schema.json` into the working directory: `npm run schema`. */
import { writeFileSync } from 'node:fs';
import { schemaFileText } from './json-schema';

writeFileSync('landfall.schema.json', schemaFileText());
