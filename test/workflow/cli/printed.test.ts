import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand } from '../../harness/run-command';
import { actsOnNobody } from '../../security/acts-on-nobody';

const folder = mkdtempSync(join(tmpdir(), 'landfall-printed-'));
after(() => rmSync(folder, { recursive: true }));

/** The command itself, as a step of GitHub Actions. */
function landfall(args: string[], env: NodeJS.ProcessEnv = {}) {
  const client = join(__dirname, '..', '..', '..', 'src', 'client.js');
  const github = { GITHUB_ACTIONS: 'true', HOME: folder, PATH: process.env.PATH };
  return runCommand(process.execPath, [client, ...args], { cwd: folder, env: { ...github, ...env } });
}

test('such texts in a configuration, a command line and an engine act on no terminal either', async () => {
  const text = '\u001b[2J\n::error::x ##[error]x \u202e';
  writeFileSync(
    join(folder, 'landfall.yaml'),
    `service: shop\nrepository: ${JSON.stringify(text)}\n${JSON.stringify(text)}: 1\nenvironments: {}\n`,
  );
  const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1', GITHUB_ACTOR: text };
  const commands: [string[], RegExp, annotations?: number][] = [
    [['deploy', 'shop', '--env', 'production', '--ref', text], /landfall\.yaml:/, 3],
    [
      ['deploy', 'shop', '--env', 'production', '--ref', 'main', '--config', text],
      /there is no such file/,
      1,
    ],
    [[`\n${text}`], /unknown command/],
    [['status', text, '--env', text, `--${text}`], /unknown option/],
    [['status', text, '--env', text], /cannot be reached/, 1],
    [['--help'], /Usage/],
  ];
  await Promise.all(
    commands.map(async ([args, says, annotations = 0]) => {
      const { output } = await landfall(args, nowhere);
      assert.match(output, says);
      actsOnNobody(output, 1 + annotations, annotations);
    }),
  );
});
