import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Verb } from '../../src/contract/answers';
import type { Verbs } from '../../src/contract/contract-types';
import { packageRoot } from '../../src/package-root';

/** A request as an activity gives it to the connection, which adds service and protocol. */
export type Request = { [V in Verb]: { verb: V } & Verbs[V]['request'] }[Verb];

/** The first check of `serve` on a request's fields, once for each line of standard input. */
const CHECK = `
import json, sys
sys.path.insert(0, sys.argv[1])
from landfall_host.protocol import LINE_LIMIT, Refused, check_request
from landfall_host.verbs import request_of
for line in sys.stdin.buffer:
    ask = json.loads(line.decode())
    try:
        if len(line) > LINE_LIMIT - 200:
            raise Refused('InvalidRequest', 'The request is longer than %d bytes.' % (LINE_LIMIT - 200))
        verb = ask.pop('verb')
        check_request({'fields': {'policy': 'policy'}} if verb == 'setup' else request_of(verb), ask, 'fields')
        print(json.dumps(None))
    except Refused as refused:
        print(json.dumps(refused.message))
`;

/** The result of landfall-host's own check of each request: null, or the refusal. In one process. */
export function refusals(requests: Iterable<string>): (string | null)[] {
  const input = [...requests].join('\n');
  const argv = ['-I', '-c', CHECK, join(packageRoot(), 'host')];
  const ran = spawnSync('python3', argv, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
