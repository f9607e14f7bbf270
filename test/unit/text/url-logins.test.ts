import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutLogins } from '../../../src/text/url-logins';
import { printedFor } from '../../harness/helper-python';

const rows: [string, string][] = [
  [
    '--index-url http://ci:s3cret@index.example:8080/simple/',
    '--index-url http://***@index.example:8080/simple/',
  ],
  ['lib @ git+https://ghp_abc@github.com/a/lib@v1', 'lib @ git+https://***@github.com/a/lib@v1'],
  ['https://ci:p@ss@index.example/', 'https://***@index.example/'],
  ["'https://ci:%24TOKEN@index.example' failed", "'https://***@index.example' failed"],
  ['two: https://a:b@x/ and https://c:d@y/', 'two: https://***@x/ and https://***@y/'],
  ['git+ssh://git@github.com/a/lib.git@v1', 'git+ssh://git@github.com/a/lib.git@v1'],
  ['https://index.example/simple/a@1.0', 'https://index.example/simple/a@1.0'],
  ['https://index.example?mail=a@b', 'https://index.example?mail=a@b'],
  ['mail ci@example.com', 'mail ci@example.com'],
];

test('a login in a URL is hidden, and nothing else', () => {
  for (const [text, shown] of rows) assert.equal(withoutLogins(text), shown);
});

test('the host hides the same', () => {
  const program = `import json
from landfall_host.url_logins import without_logins
for line in sys.stdin: print(json.dumps(without_logins(json.loads(line))))`;
  assert.deepEqual(
    printedFor(
      program,
      rows.map(([text]) => JSON.stringify(text)),
    ),
    rows.map(([, hidden]) => hidden),
  );
});
