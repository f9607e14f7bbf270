import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { ServiceHost } from './service-host';

interface Example {
  file: string;
  finding: [line: number, words: string, drops: boolean] | null;
  /** The environment that systemd makes of the file. */
  systemd: Record<string, string>;
}

const examples: Example[] = JSON.parse(
  readFileSync(join(packageRoot(), 'host', 'tests', 'env_examples.json'), 'utf8'),
);

let shop: ServiceHost;
before(async () => {
  shop = await ServiceHost.start();
});
after(() => shop.stop());

/** Prints as JSON the environment of a unit for each file. */
const READ = `
import json, subprocess, sys
seen = []
for text in json.loads(sys.argv[1]):
    with open('/run/env-example', 'wb') as file:
        file.write(text.encode())
    unit = ['systemd-run', '-q', '--pipe', '--wait', '-p', 'EnvironmentFile=/run/env-example']
    out = subprocess.run([*unit, '/usr/bin/env', '-0'], stdout=subprocess.PIPE, check=True).stdout.decode()
    seen.append(dict(entry.split('=', 1) for entry in out.split('\\0') if entry))
print(json.dumps(seen))
`;

test('systemd reads each example of an environment file as the findings say', async () => {
  const files = JSON.stringify(examples.map(({ file }) => file));
  const quoted = [READ, files].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const seen: Record<string, string>[] = JSON.parse(await shop.root(`python3 -c ${quoted}`));
  for (const [nth, { file, systemd }] of examples.entries()) {
    const { [nth]: environment = {} } = seen;
    const known = new Set(['LANG', 'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'INVOCATION_ID']);
    const set = Object.entries(environment).filter(
      ([name]) => !known.has(name) && !/^(SYSTEMD_|JOURNAL_|LC_|MEMORY_)/.test(name),
    );
    assert.deepEqual(Object.fromEntries(set), systemd, JSON.stringify(file));
  }
});
