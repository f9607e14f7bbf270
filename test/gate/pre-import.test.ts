import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { importJob, saysImported } from '../../src/activities/prepare/pre-import';
import { packageRoot } from '../../src/package-root';
import { hostTarget, settings } from '../harness/deploy-input';
import { python, type Stack } from './stacks';

/** The folders and variables that Gunicorn takes from the project's own settings, before it imports the app. */
const NEEDS_ALL = `import os
import common, more
app = os.environ['SECRET']
print('imports in', os.path.basename(os.getcwd()), os.environ.get('LANDFALL_GATE_FOLDER'))
`;
const CONF = `chdir = 'src'
pythonpath = 'lib/one,lib/two'
raw_env = ['SECRET=x']
daemon, bind = True, '127.0.0.1:1'
`;
const FILES = { 'src/main.py': NEEDS_ALL, 'src/lib/one/common.py': '', 'src/lib/two/more.py': '' };

interface Row {
  stack: Stack;
  files: Record<string, string>;
  env?: Record<string, string>;
  says: RegExp;
  good: boolean;
}

const ROWS: Record<string, Row> = {
  'chdir, pythonpath and raw_env of the file count': {
    stack: '27.0',
    files: { ...FILES, 'gunicorn.conf.py': CONF },
    says: /imports in src None/,
    good: true,
  },
  'so they do with an old Gunicorn': {
    stack: '20.1',
    files: { ...FILES, 'gunicorn.conf.py': CONF },
    says: /imports in src None/,
    good: true,
  },
  'GUNICORN_CMD_ARGS counts too': {
    stack: '27.0',
    files: FILES,
    env: { GUNICORN_CMD_ARGS: '--chdir src --pythonpath lib/one,lib/two --env SECRET=x --daemon' },
    says: /imports in src None/,
    good: true,
  },
  'a chdir that leads out of the release does not': {
    stack: '27.0',
    files: { 'main.py': 'app = 1', 'gunicorn.conf.py': "chdir = '/tmp'\n" },
    says: /overruled from gunicorn\.conf\.py: chdir/,
    good: true,
  },
  'a file that cannot be read ends the import with its traceback': {
    stack: '27.0',
    files: { 'main.py': 'app = 1', 'gunicorn.conf.py': 'import no_such_module\n' },
    says: /Failed to read config file: .*No module named 'no_such_module'/s,
    good: false,
  },
};

for (const [name, { stack, files, env, says, good }] of Object.entries(ROWS))
  test(`a pre-import reads the configuration as the service will: ${name}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-pre-import-'));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const interpreter = await python(stack, (line) => console.error(line));
    const { argv } = importJob({
      settings: { ...settings({ app: 'main:app' }), preImport: { timeout: 60_000, memory: null } },
      release: '1-0123456',
      host: hostTarget('web1'),
    });
    const ran = spawnSync(interpreter, argv.slice(1), {
      cwd: folder,
      env: {
        ...process.env,
        ...env,
        LANDFALL_GATE_FOLDER: join(packageRoot(), 'host', 'landfall_gate'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const output = `${ran.stdout}${ran.stderr}`;
    assert.match(output, says);
    assert.equal(saysImported(output), good, output);
  });
