import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';

const CHECK = `
import json, sys
sys.path.insert(0, sys.argv[1])
from landfall_host.contract import check
for line in sys.stdin:
    name, value = json.loads(line)
    try:
        check(name, value)
        print('null')
    except ValueError as error:
        print(json.dumps(str(error)))
`;

/** The result of landfall-host's own check of each [type of the contract, value]: null, or what it must be. One process. */
export function helperSays(cases: [string, unknown][]): (string | null)[] {
  const argv = ['-I', '-c', CHECK, join(packageRoot(), 'host')];
  const input = cases.map((each) => JSON.stringify(each)).join('\n');
  const ran = spawnSync('python3', argv, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
