import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { completionsFor } from '../../../../src/cli/completion/complete';
import { type KnownNames, knownNamesIn } from '../../../../src/cli/completion/known-names';
import { addCommands } from '../../../../src/cli/program';
import { LandfallCommand } from '../../../../src/cli/program/landfall-command';

const program = new LandfallCommand('landfall');
addCommands(program, () => async () => undefined);

const NAMES: KnownNames = {
  services: ['shop'],
  environments: new Map([
    ['staging', ['staging.example.com']],
    ['production', ['web1', 'web2']],
  ]),
};

function complete(...words: string[]): string[] | 'files' {
  const found = completionsFor(program, words, (file) =>
    file === 'landfall.yaml' ? NAMES : knownNamesIn(file),
  );
  return found === 'files' ? found : found.map(({ word }) => word);
}

const CASES: [string[], string[] | 'files'][] = [
  [['de'], ['deploy', 'decide', 'dev']],
  [
    ['env', ''],
    ['list', 'set', 'unset', 'diff'],
  ],
  [['deploy', ''], ['shop']],
  [['deploy', 'x'], []],
  [['deploy', 'shop', '--e'], ['--env']],
  [
    ['deploy', 'shop', '--env', ''],
    ['staging', 'production'],
  ],
  [['deploy', '--env', 'prod'], ['production']],
  [['deploy', '--env', 'production', ''], ['shop']],
  // A word of zsh and fish, then the same as bash splits it.
  [['deploy', 'shop', '--env=pro'], ['--env=production']],
  [['deploy', 'shop', '--env', '=', 'pro'], ['production']],
  [['deploy', 'shop', '--config', ''], 'files'],
  [['deploy', 'shop', '--config=conf/l'], 'files'],
  [['deploy', 'shop', '--ref', 'v1', '--re'], []],
  [
    ['env', 'list', 'shop', '--env', 'production', '--host', ''],
    ['web1', 'web2'],
  ],
  [
    ['env', 'list', 'shop', '--env', 'production', '--host', 'web1', '--h'],
    ['--host', '--help'],
  ],
  [
    ['setup', ''],
    ['staging.example.com', 'web1', 'web2'],
  ],
  [
    ['decide', 'shop', ''],
    ['retry', 'accept', 'go-forward'],
  ],
  [['completion', 'z'], ['zsh']],
  [['deploy', 'shop', '--config', '/nowhere/landfall.yaml', '--env', ''], []],
  [['depoly', ''], []],
  [['deploy', 'shop', '--', '--e'], []],
];

for (const [words, expected] of CASES)
  test(`completes: landfall ${words.join(' ')}`, () => {
    assert.deepEqual(complete(...words), expected);
  });

test('completes every command, and none that the help hides', () => {
  const found = complete('');
  assert.ok(found.includes('deploy') && found.includes('env'), String(found));
  assert.ok(!found.includes('complete'), String(found));
});

test('after all arguments come the options, first those that the command needs', () => {
  const [first, ...others] = complete('status', 'shop', '');
  assert.equal(first, '--env');
  assert.ok(others.includes('--json') && others.includes('--help'), String(others));
});

test('only plain names of a landfall.yaml are completed, and a broken file has none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-completion-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'landfall.yaml');
  writeFileSync(
    file,
    `service: $(touch /tmp/x)
environments:
  production: { hosts: [web1, { name: web2, address: 10.0.0.2 }, { address: 10.0.0.3 }, 'a b', 7] }
  '--help': { hosts: [web9] }
  staging:
`,
  );
  assert.deepEqual(knownNamesIn(file), {
    services: [],
    environments: new Map([
      ['production', ['web1', 'web2', '10.0.0.3']],
      ['staging', []],
    ]),
  });
  writeFileSync(file, 'service: [');
  assert.deepEqual(knownNamesIn(file), { services: [], environments: new Map() });
});
