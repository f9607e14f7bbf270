import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ciFile } from '../../../src/init/write/ci-file';
import { packageRoot } from '../../../src/package-root';
import { ensureActionlint } from '../../harness/actionlint';
import { runCommand } from '../../harness/run-command';

test('the GitHub Actions examples pass actionlint, and give the action the inputs that it has', async (t) => {
  const actionlint = await ensureActionlint((line) => console.error(line));
  const examples = join(packageRoot(), 'examples', 'github-actions');
  const files = readdirSync(examples).filter((name) => name.endsWith('.yml'));
  assert.deepEqual(files.sort(), ['deploy.yml', 'plan.yml']);
  // actionlint reads an action only in the repository itself.
  const repository = mkdtempSync(join(tmpdir(), 'landfall-actionlint-'));
  t.after(() => rmSync(repository, { recursive: true }));
  const workflows = join(repository, '.github', 'workflows');
  mkdirSync(workflows, { recursive: true });
  mkdirSync(join(repository, '.git'));
  cpSync(join(packageRoot(), 'action.yml'), join(repository, 'landfall', 'action.yml'));
  for (const file of files) {
    const text = readFileSync(join(examples, file), 'utf8');
    assert.match(text, /uses: your-organization\/landfall@0{40} /);
    writeFileSync(join(workflows, file), text.replace(/your-organization\/landfall@0{40}/, './landfall'));
  }
  // Whether shellcheck and pyflakes are installed must not change the result.
  const args = ['-no-color', '-shellcheck=', '-pyflakes='];
  const lint = () => runCommand(actionlint, args, { cwd: repository, env: process.env });
  const { code, output } = await lint();
  assert.deepEqual([code, output], [0, '']);
  const wrong = readFileSync(join(workflows, 'deploy.yml'), 'utf8').replace('service: shop', 'servise: shop');
  writeFileSync(join(workflows, 'deploy.yml'), wrong);
  assert.match((await lint()).output, /input "servise" is not defined in action "Landfall"/);
});

test('the workflow that landfall init writes passes actionlint', async () => {
  const actionlint = await ensureActionlint((line) => console.error(line));
  const of = { service: 'shop', environment: 'production', branch: 'main', config: 'landfall.yaml' };
  const { text } = ciFile('github', { ...of, controller: null });
  const args = ['-no-color', '-shellcheck=', '-pyflakes=', '-'];
  const { code, output } = await runCommand(actionlint, args, { env: process.env, input: text });
  assert.deepEqual([code, output], [0, '']);
});
