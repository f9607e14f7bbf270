import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { PYTHON3 } from './python3';

/** Makes `landfall_host` importable. */
const BEGIN = 'import sys\nsys.path.insert(0, sys.argv.pop(1))\n';

/**
 * Runs a Python program with landfall-host's own modules, without a host.
 * @param program reads one JSON value a line from standard input, and prints one a line for each
 * @param values what the program reads
 * @param args its `sys.argv[1:]`
 */
export function printedFor(program: string, values: Iterable<string>, args: string[] = []): unknown[] {
  const argv = ['-IS', '-c', `${BEGIN}${program}`, join(packageRoot(), 'host'), ...args];
  const input = [...values].join('\n');
  const ran = spawnSync(PYTHON3, argv, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
