import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SCRIPTS, type Shell } from '../../../../src/cli/completion/scripts';
import { packageRoot } from '../../../../src/package-root';

/** A folder with a service, and a command `landfall`: this build. */
const folder = mkdtempSync(join(tmpdir(), 'landfall-completion-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'landfall.yaml'),
  'service: shop\nenvironments: { staging: {}, production: {} }\n',
);
const landfall = join(folder, 'landfall');
writeFileSync(
  landfall,
  `#!/bin/sh\nexec '${process.execPath}' '${join(packageRoot(), 'build', 'src', 'client.js')}' "$@"\n`,
);
chmodSync(landfall, 0o755);

/** The words that a shell offers after each of these beginnings of a command line. */
const LINES: [string, string[]][] = [
  ['landfall depl', ['deploy']],
  ['landfall decide shop ', ['accept', 'go-forward', 'retry']],
  ['landfall deploy shop --env ', ['production', 'staging']],
];

/** How a test presses TAB. Each prints the words one a line. */
const ASK: Record<Shell, string> = {
  bash: `for line in "$@"; do
  read -ra COMP_WORDS <<< "$line"
  [[ $line != *' ' ]] || COMP_WORDS+=('')
  COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
  _landfall
  echo "> $line"
  printf '%s\\n' "\${COMPREPLY[@]}"
done`,
  zsh: `_describe() { print -l -- "\${(@)found%%:*}" }
for line in "$@"; do
  words=(\${=line})
  [[ $line != *' ' ]] || words+=('')
  CURRENT=$#words
  echo "> $line"
  _landfall
done`,
  fish: `for line in $argv
  echo "> $line"
  complete -C "$line" | cut -f 1
end`,
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const isThere = process.env.CI === 'true' || spawnSync(shell, ['--version']).error === undefined;
  test(`${shell} completes with its script`, { skip: isThere ? false : `${shell} is not installed` }, () => {
    const before = shell === 'zsh' ? 'compdef() { }\n' : '';
    const script = join(folder, `ask.${shell}`);
    writeFileSync(script, `${before}${SCRIPTS[shell]}\n${ASK[shell]}\n`);
    const { stdout, stderr } = spawnSync(shell, [script, ...LINES.map(([line]) => line)], {
      cwd: folder,
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder },
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    const asked = stdout.split(/^> .*\n/m).slice(1);
    const found = asked.map((words) => words.trim().split('\n').sort());
    assert.deepEqual(
      found,
      LINES.map(([, words]) => words),
    );
  });
}
