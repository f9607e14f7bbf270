import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importJob, saysImported } from '../../../../src/activities/prepare/pre-import';
import { NOTHING_RESOLVED } from '../../../../src/deployment/project/with-facts';
import { serverOf } from '../../../../src/deployment/server';
import { packageRoot } from '../../../../src/package-root';
import { hostTarget, settings } from '../../../harness/deploy-input';

const folder = mkdtempSync(join(tmpdir(), 'landfall-pre-import-'));
after(() => rmSync(folder, { recursive: true }));

const standard = settings();
const uvicorn = { ...serverOf(standard), name: 'uvicorn' as const };

/** Imports from a module of that text with a real Python, as a job on a host does. `chdir` has its own test. */
function imported(module: string, app = 'main:app') {
  writeFileSync(join(folder, 'main.py'), module);
  const { argv } = importJob({
    settings: {
      ...standard,
      app,
      preImport: { timeout: 60_000, memory: null },
      resolved: { ...NOTHING_RESOLVED, server: uvicorn },
    },
    release: '1-0123456',
    host: hostTarget('web1'),
  });
  const LANDFALL_GATE_FOLDER = join(packageRoot(), 'host', 'landfall_gate');
  const env = { ...process.env, LANDFALL_GATE_FOLDER, PYTHONDONTWRITEBYTECODE: '1' };
  // Only a thread that is waited for, which sleeps for a minute, takes so long.
  const ran = spawnSync('python3', argv.slice(1), { cwd: folder, env, encoding: 'utf8', timeout: 45_000 });
  const output = `${ran.stdout}${ran.stderr}`;
  return { good: ran.status === 0 && saysImported(output), status: ran.status, output };
}

test('an app that imports is good, whatever it prints', () => {
  assert.equal(imported('app = 1').good, true);
  assert.equal(imported('print("no line end", end="")\napp = 1').good, true);
  assert.equal(
    imported('import sys\nsys.stdout.write("x" * 100000)\nsys.stderr.write("warning")\napp = 1').good,
    true,
  );
});

test('a factory is imported, not called', () => {
  assert.equal(imported('def create_app():\n    raise SystemExit(1)', 'main:create_app()').good, true);
  assert.equal(imported('application = 1', 'main').good, true);
  assert.equal(imported('class shop:\n  app = 1', 'main:shop.app').good, true);
});

test('an app that ends the process while it is imported is not good, whatever status it ends with', () => {
  for (const end of ['import sys; sys.exit(0)', 'import os; os._exit(0)', 'quit()', 'exit(3)']) {
    assert.equal(imported(`${end}\napp = 1`).good, false, end);
  }
});

test('what cannot be imported ends with its traceback', () => {
  const faults = {
    'app = ': /SyntaxError/,
    'import no_such_module': /ModuleNotFoundError: No module named 'no_such_module'/,
    'other = 1': /ImportError: cannot import name 'app'/,
    'import os\nos.environ["NOT_SET"]': /KeyError: 'NOT_SET'/,
    'raise ValueError("9d1fc84a2be07365")': /ValueError/,
  };
  for (const [module, says] of Object.entries(faults)) {
    const { good, status, output } = imported(module);
    assert.deepEqual({ good, status }, { good: false, status: 1 }, module);
    assert.match(output, says);
  }
});

test('a thread of the app, or its output at the end, is not a fault', () => {
  const thread = 'import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\napp = 1';
  assert.equal(imported(thread).good, true);
  assert.equal(imported('import atexit\natexit.register(print, "bye")\napp = 1').good, true);
  assert.equal(saysImported('9d1fc84a2be07365\na thread continues\n'), true);
  assert.equal(saysImported('not 9d1fc84a2be07365\n'), false);
});
