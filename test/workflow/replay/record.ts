/**
 * `npm run record-histories`: records the scenarios that have no recording yet. Old recordings stay: they are
 * what running deploys look like to the next version. A way that has changed gets a scenario of a new name.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { WorkflowRunner } from '../workflows/workflow-runner';
import { encodeHistory } from './history-file';
import { record, SCENARIOS } from './scenarios';

async function main(): Promise<void> {
  const folder = join(packageRoot(), 'test', 'workflow', 'replay', 'histories');
  mkdirSync(folder, { recursive: true });
  const runner = await WorkflowRunner.start();
  for (const name of Object.keys(SCENARIOS)) {
    const file = join(folder, `${name}.history`);
    if (existsSync(file)) continue;
    writeFileSync(file, encodeHistory(await record(runner, name)));
    process.stdout.write(`${name}.history\n`);
  }
  await runner.stop();
}

main().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
