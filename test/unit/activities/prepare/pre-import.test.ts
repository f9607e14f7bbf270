import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importStatement, saysImported } from '../../../../src/activities/prepare/pre-import';

const folder = mkdtempSync(join(tmpdir(), 'landfall-pre-import-'));
after(() => rmSync(folder, { recursive: true }));

/** Imports from a module of that text with a real Python. */
function imported(module: string, app = 'main:app') {
  writeFileSync(join(folder, 'main.py'), module);
  const argv = ['-B', '-c', importStatement(app)];
  // Only a thread that is waited for, which sleeps for a minute, takes so long.
  const ran = spawnSync('python3', argv, { cwd: folder, encoding: 'utf8', timeout: 45_000 });
  const output = `${ran.stdout}${ran.stderr}`;
  return { good: ran.status === 0 && saysImported(output), status: ran.status, output };
}

test('the statement is what the service imports, and says so', () => {
  assert.equal(
    importStatement('shop.web:app'),
    'from shop.web import app; print(flush=True); print("9d1fc84a2be07365", flush=True); import os; os._exit(0)',
  );
});

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
