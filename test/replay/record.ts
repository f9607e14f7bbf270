/**
 * `npm run record-histories`: records how the workflow runs now. Old recordings stay: they are
 * what running deploys look like to the next version. Add a date to a name to keep both.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { WorkflowRunner } from '../workflows/workflow-runner';
import { encodeHistory } from './history-file';
import { record, SCENARIOS } from './scenarios';

async function main(): Promise<void> {
  const folder = join(packageRoot(), 'test', 'replay', 'histories');
  mkdirSync(folder, { recursive: true });
  const runner = await WorkflowRunner.start();
  for (const name of Object.keys(SCENARIOS)) {
    const history = await record(runner, name);
    writeFileSync(join(folder, `${name}.history`), encodeHistory(history));
    process.stdout.write(`${name}.history\n`);
  }
  await runner.stop();
}

main().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
