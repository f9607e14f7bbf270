/** Runs several test files in this process. Each one is a suite, so that its hooks stay its own. */
import { relative } from 'node:path';
import { describe } from 'node:test';

for (const file of process.argv.slice(2)) describe(relative(process.cwd(), file), () => require(file));
