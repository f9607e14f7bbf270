/** Writes `docs/plan.schema.json`: `npm run schema`. */
import { writeFileSync } from 'node:fs';
import { planSchemaText } from './plan-json';

writeFileSync('docs/plan.schema.json', planSchemaText());
