import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/package-root';

test('the unit tests of landfall-host pass', () => {
  const host = join(packageRoot(), 'host');
  const argv = ['-B', '-m', 'unittest', 'discover', '-s', join(host, 'tests'), '-t', host];
  const ran = spawnSync('python3', argv, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
});
