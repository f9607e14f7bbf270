/**
 * `npm run test:node-versions`: the test of the installed package on each supported version of Node, or on those that
 * are named. Needs root and the npm registry, as the lane `e2e` does.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root';

const LINES = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const TEST = join(packageRoot(), 'build', 'test', 'e2e', 'installed.test.js');

let failed = false;
for (const line of LINES) {
  const node = nodeOf(line);
  process.stdout.write(`\n${node} (Node ${line})\n`);
  // npm, which the test calls, runs with the Node that it finds first.
  const path = [dirname(node), process.env.PATH].join(delimiter);
  const { status } = spawnSync(node, ['--test', '--test-reporter=spec', TEST], {
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);

/** The path of a Node from the npm registry, kept in the cache of npx. */
function nodeOf(line: string): string {
  const asked = ['--yes', '--package', `node@${line}`, 'node', '--print', 'process.execPath'];
  const { status, stdout, stderr } = spawnSync('npx', asked, { encoding: 'utf8' });
  const node = stdout.trim();
  if (status !== 0 || node === process.execPath) throw new Error(`npx gives no Node ${line}: ${stderr}`);
  return node;
}
