import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig } from '../../../../src/config';
import { packageRoot } from '../../../../src/package-root';
import { runCommand } from '../../../harness/run-command';

const root = mkdtempSync(join(tmpdir(), 'landfall-up-'));
after(() => rmSync(root, { recursive: true }));
let used = 0;

const CONFIG = `service: shop
repository: git@github.com:acme/shop.git
environments:
  production:
    # the machine at the office
    hosts: [web1.example.com]
`;
const APP = 'from fastapi import FastAPI\n\napp = FastAPI()\n';
const FILES = { 'main.py': APP, 'requirements.txt': 'fastapi\ngunicorn\nuvicorn-worker\n' };
/** Nothing listens there. */
const CLOSED = 'root@127.0.0.1:1';

function checkout(files: Record<string, string>, commits = true): string {
  used += 1;
  const folder = join(root, `shop${used}`);
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args]);
  git('init', '-q', '-b', 'main');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  git('add', '-A');
  if (commits) git('commit', '-q', '-m', 'Begin');
  return folder;
}

function up(folder: string, ...args: string[]) {
  const client = join(packageRoot(), 'build', 'src', 'client.js');
  const env = { PATH: process.env.PATH, HOME: root, LANDFALL_STATE: join(root, 'state') };
  return runCommand(process.execPath, [client, 'up', ...args], { cwd: folder, env });
}

test('a wrong call is refused with the next step, and no host is asked', async () => {
  const secret = 'a-secret-value';
  const wrong = join(root, 'wrong.env');
  writeFileSync(wrong, `${secret}\n`);
  const known = checkout({ ...FILES, 'landfall.yaml': CONFIG.replace('example.com', 'acme.test') });
  const rows: [string, string[], RegExp][] = [
    [known, [], /no terminal to ask on: use --yes/],
    [known, ['root@', '--yes'], /Write it as USER@HOST/],
    [known, ['root@web2', '--yes'], /has no host web2; it has: web1\.acme\.test/],
    [known, ['--env', 'staging', '--yes'], /there is no environment staging/],
    [known, ['--config', 'other.yaml', '--yes'], /There is no file other\.yaml/],
    [known, ['--variables', 'missing.env', '--yes'], /missing\.env of --variables cannot be read/],
    [known, ['--variables', wrong, '--yes'], /Line 1: there is no NAME=value/],
    [known, ['--authorized-key', 'missing.pub', '--yes'], /missing\.pub of --authorized-key cannot be read/],
    [checkout({ 'landfall.yaml': CONFIG }, false), ['--yes'], /has no commit yet/],
  ];
  await Promise.all(
    rows.map(async ([folder, args, expected]) => {
      const { code, output } = await up(folder, ...args);
      assert.equal(code, 1, output);
      assert.match(output, expected);
      assert.ok(!output.includes(secret));
    }),
  );
});

test('the host of an example is replaced by the named one, the domain is added, and comments stay', async () => {
  const folder = checkout({ ...FILES, 'landfall.yaml': CONFIG });
  const { code, output } = await up(folder, CLOSED, '--yes', '--domain', 'shop.acme.test');
  assert.equal(code, 1, output);
  assert.match(output, /cannot be reached: the connection was refused/);
  const file = join(folder, 'landfall.yaml');
  assert.match(readFileSync(file, 'utf8'), /# the machine at the office/);
  const [host] = loadConfig(file).environments.get('production')?.hosts ?? [];
  assert.deepEqual([host?.address, host?.port, host?.user], ['127.0.0.1', 1, null]);
  assert.deepEqual(host?.domain?.names, ['shop.acme.test']);
  const other = await up(folder, '--yes', '--domain', 'shop.example.com');
  assert.match(other.output, /has the domain shop\.acme\.test, not shop\.example\.com\. Nothing was changed/);
});

test('without landfall.yaml init comes first, and this folder is the repository where there is no remote', async () => {
  const folder = checkout(FILES);
  const { output } = await up(folder, CLOSED, '--yes');
  assert.match(output, /landfall init comes first/);
  assert.match(output, /There is no remote, so .* is the repository\./);
  assert.match(output, /cannot be reached: the connection was refused/);
  assert.doesNotMatch(output, /Next:/);
  assert.equal(loadConfig(join(folder, 'landfall.yaml')).repository, folder);
  const changed = checkout(FILES);
  writeFileSync(join(changed, 'main.py'), `${APP}\n`);
  const refused = await up(changed, CLOSED, '--yes');
  assert.equal(refused.code, 1);
  assert.match(refused.output, /main\.py is not committed, and Landfall deploys commits/);
  assert.ok(!existsSync(join(root, 'state')));
});
