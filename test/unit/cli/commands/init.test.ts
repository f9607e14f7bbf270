import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig } from '../../../../src/config';
import { packageRoot } from '../../../../src/package-root';
import { runCommand } from '../../../harness/run-command';

const root = mkdtempSync(join(tmpdir(), 'landfall-init-'));
after(() => rmSync(root, { recursive: true }));
let used = 0;

const FASTAPI =
  'import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\nURL = os.environ["DATABASE_URL"]\n';

/** A checkout of committed files; its remote is on GitHub. */
function checkout(files: Record<string, string>): string {
  used += 1;
  const folder = join(root, `shop${used}`);
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args]);
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'git@github.com:acme/shop.git');
  write(folder, files);
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin');
  return folder;
}

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const client = join(packageRoot(), 'build', 'src', 'client.js');
const env = { PATH: process.env.PATH, HOME: root, TEMPORAL_ADDRESS: '127.0.0.1:1' };

function init(folder: string, ...args: string[]) {
  return runCommand(process.execPath, [client, 'init', ...args], { cwd: folder, env });
}

/** The same on a terminal, with these lines typed. */
function initOnTerminal(folder: string, typed: string[], ...args: string[]) {
  // A prompt is a line without an end, and Node moves the cursor behind it.
  const code = `import json, os, pty, re, sys
typed = json.loads(sys.argv[1])
seen = b''
def read(fd):
    global seen
    data = os.read(fd, 1024)
    seen = (seen + data)[-4096:]
    if re.search(rb'[:\\]] \\x1b\\[[0-9]+G$', seen):
        os.write(fd, typed.pop(0).encode() + b'\\n')
        seen = b''
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b'')))`;
  const command = [process.execPath, client, 'init', ...args];
  return runCommand('python3', ['-I', '-c', code, JSON.stringify(typed), ...command], { cwd: folder, env });
}

test('a script gets landfall.yaml and the CI file, and the commands that come next', async () => {
  const folder = checkout({ 'main.py': FASTAPI, 'requirements.txt': 'fastapi\ngunicorn\nuvicorn-worker\n' });
  write(folder, { 'new.py': '', 'alembic.ini': '' });
  const { code, output } = await init(folder, '--yes', '--host', 'web1.example.com', '--no-plan');
  assert.equal(code, 0, output);
  assert.match(output, /not committed: alembic\.ini, new\.py/);
  assert.match(output, /Not added: --readiness adds it\./);
  assert.match(output, /landfall setup web1\.example\.com --env production\n/);
  assert.match(output, /landfall env set shop --env production DATABASE_URL\n/);
  const config = loadConfig(join(folder, 'landfall.yaml'));
  assert.deepEqual([config.service, config.repository], ['shop', 'git@github.com:acme/shop.git']);
  const settings = config.environments.get('production')?.settings;
  assert.deepEqual(settings?.migrate?.command, ['alembic', 'upgrade', 'head']);
  assert.equal(settings?.readiness.check, 'tcp');
  assert.ok(existsSync(join(folder, '.github/workflows/deploy.yml')));
  assert.equal(readFileSync(join(folder, 'main.py'), 'utf8'), FASTAPI);

  const again = await init(folder, '--yes', '--host', 'web1.example.com');
  assert.match(again.output, /landfall\.yaml is right already/);
  assert.match(again.output, /No plan yet: no engine answers/);
  assert.equal(again.code, 0);

  write(folder, { '.github/workflows/deploy.yml': 'mine\n' });
  const other = await init(folder, '--yes', '--host', 'web2.example.com');
  assert.match(other.output, /^- {4}hosts: \[web1\.example\.com\]\n\+ {4}hosts: \[web2\.example\.com\]$/m);
  assert.match(other.output, /landfall\.yaml would be replaced; nothing was written\.\n.*--force/);
  assert.match(other.output, /deploy\.yml is there already and stays as it is/);
  assert.equal(other.code, 1);
  assert.match(readFileSync(join(folder, 'landfall.yaml'), 'utf8'), /web1/);
  const forced = await init(
    folder,
    '--yes',
    '--host',
    'web2.example.com',
    '--force',
    '--ci',
    'none',
    '--no-plan',
  );
  assert.equal(forced.code, 0, forced.output);
  assert.match(readFileSync(join(folder, 'landfall.yaml'), 'utf8'), /web2/);
});

test('a person is asked for the answers that no file has, and for each change', async () => {
  const folder = checkout({
    'main.py': FASTAPI,
    'admin.py': FASTAPI,
    'requirements.txt': 'fastapi\nuvicorn\n',
  });
  const typed = ['main:app', 'root@web1', 'deploy@web1.example.com web2.example.com', 'ops', '', 'y', 'n'];
  const refused = await initOnTerminal(folder, typed, '--no-plan');
  assert.match(refused.output, /Which app\? .*\[.*:app\]/);
  assert.match(refused.output, /Not understood; allowed: \[user@\]address/);
  assert.match(refused.output, /allowed: ssh:\/\/\[user@\]host/);
  assert.match(refused.output, /Nothing was written\./);
  assert.equal(refused.code, 1, refused.output);
  assert.ok(!existsSync(join(folder, 'landfall.yaml')));

  const written = await initOnTerminal(
    folder,
    ['main:app', 'deploy@web1.example.com', 'ssh://landfall@ops', 'y', ''],
    '--no-plan',
  );
  assert.equal(written.code, 0, written.output);
  assert.match(readFileSync(join(folder, 'main.py'), 'utf8'), /@app\.get\("\/health\/ready"/);
  const { controller, environments } = loadConfig(join(folder, 'landfall.yaml'));
  assert.deepEqual(controller, { host: 'ops', user: 'landfall', port: null });
  assert.match(
    readFileSync(join(folder, '.github/workflows/deploy.yml'), 'utf8'),
    /CONTROLLER: ssh:\/\/landfall@ops\n/,
  );
  // A second run keeps the controller of the file.
  const again = await init(folder, '--yes', '--host', 'deploy@web1.example.com', '--no-plan');
  assert.match(again.output, /landfall\.yaml is right already/);
  assert.equal(environments.get('production')?.settings.readiness.path, '/health/ready');
});

test('wrong places and missing answers are named, and nothing is written', async () => {
  const nowhere = join(root, 'nowhere');
  mkdirSync(nowhere);
  assert.match((await init(nowhere, '--yes')).output, /is not in a Git checkout/);

  const folder = checkout({
    'services/shop/main.py': FASTAPI,
    'services/shop/requirements.txt': 'fastapi\nuvicorn\n',
    'services/flask/app.py': 'from flask import Flask\ndef create_app(config):\n    return Flask(__name__)\n',
    'services/flask/requirements.txt': 'flask\n',
  });
  const many = await init(folder, '--yes', '--host', 'web1');
  assert.match(many.output, /these folders may have one:\n {2}services\/flask\n {2}services\/shop\n/);
  const factory = await init(folder, 'services/flask', '--yes');
  assert.match(factory.output, /--app <module:attribute> {3}the code has app:create_app\(config\)/);
  assert.match(factory.output, /--host <name>/);
  assert.match((await init(folder, 'services/shop')).output, /There is no terminal to ask on: use --yes/);
  const wrong = await init(folder, 'services/shop', '--yes', '--host', 'root@web1');
  const ops = await init(folder, 'services/shop', '--yes', '--host', 'web1', '--controller', 'ops');
  assert.match(ops.output, /--controller ops is not ssh:/);
  assert.match(wrong.output, /landfall\.yaml:\d+:\d+: environments\.production\.hosts\[0\]/);
  symlinkSync('/dev/null', join(folder, 'services/shop/landfall.yaml'));
  const link = await init(
    folder,
    'services/shop',
    '--yes',
    '--force',
    '--ci',
    'none',
    '--host',
    'web1',
    '--no-plan',
  );
  assert.match(link.output, /landfall\.yaml is a link/);
  assert.deepEqual(
    [many, factory, wrong, ops, link].map(({ code }) => code),
    [1, 1, 1, 1, 1],
  );
  assert.ok(!existsSync(join(folder, 'landfall.yaml')));

  const printed = await init(folder, 'services/shop', '--print', '--host', 'web1');
  assert.match(printed.output, /^path: services\/shop$/m);
  assert.equal(printed.code, 0);
});
