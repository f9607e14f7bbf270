import assert from 'node:assert/strict';
import type { UnitRequest } from '../../src/contract/contract-types';
import { policyOf } from '../../src/deployment/policy';
import { settings } from './deploy-input';
import { printedFor } from './helper-python';

/** A request for a unit, as `install-unit` (alone) and `install-instance` (alongside) take it. */
export interface UnitCase {
  kind: 'alone' | 'alongside';
  request: Omit<UnitRequest, 'claim'>;
  /** Names that root's environment files set. */
  given?: string[];
}

/** The text that the host renders of it, or why the host refuses its values. */
export type Rendered = { text: string } | { refused: string };

export const GATE = '/usr/local/lib/landfall/gate-0/landfall_gate';

const RENDER = `
import json, sys
from landfall_host.contract import TYPES
from landfall_host.protocol import Refused, check_request
from landfall_host.state import Host
from landfall_host.unit_render import alone_text, alongside_text
host, fields = Host(json.loads(sys.argv[1])), {name: field for name, field in TYPES['unitRequest']['fields'].items() if name != 'claim'}
for line in sys.stdin.buffer:
    case = json.loads(line.decode())
    try:
        check_request({'fields': fields}, case['request'], 'fields')
        some = host, 'shop', case['request'], case.get('given', [])
        print(json.dumps({'text': (alone_text if case['kind'] == 'alone' else alongside_text)(*some, sys.argv[2])}))
    except Refused as refused:
        print(json.dumps({'refused': refused.message}))
`;

const policy = policyOf({ service: 'shop', settings: settings() }, 'deploy');

/** The units that landfall-host renders for each request, in one process of this machine's Python. */
export function rendered(cases: UnitCase[]): Rendered[] {
  const lines = cases.map((each) => JSON.stringify(each));
  return printedFor(RENDER, lines, [JSON.stringify(policy), GATE]) as Rendered[];
}

/** The text of a request that is not refused. */
export function textOf(each: UnitCase): string {
  const [only] = rendered([each]);
  assert.ok(only !== undefined && 'text' in only, JSON.stringify(only));
  return only.text;
}
