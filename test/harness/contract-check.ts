import { printedFor } from './helper-python';

const CHECK = `
import json
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
  return printedFor(
    CHECK,
    cases.map((each) => JSON.stringify(each)),
  ) as (string | null)[];
}
