import type { Verb } from '../../src/contract/answers';
import type { Verbs } from '../../src/contract/contract-types';
import { printedFor } from './helper-python';

/** A request as an activity gives it to the connection, which adds service and protocol. */
export type Request = { [V in Verb]: { verb: V } & Verbs[V]['request'] }[Verb];

/** The first check of `serve` on a request's fields, once for each line of standard input. */
const CHECK = `
import json
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
  return printedFor(CHECK, requests) as (string | null)[];
}
