import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { World } from '../harness/world';

/** A project of Poetry or PDM, with the lock file that its tool made. */
function filesOf(tool: 'poetry' | 'pdm'): Record<string, string> {
  const folder = join(packageRoot(), 'test', 'e2e', 'locked');
  const own = ['pyproject.toml', `${tool}.lock`, 'libs/common/pyproject.toml'].map(
    (name) => `${tool}/${name}`,
  );
  return {
    ...Object.fromEntries(own.map((path) => [path, readFileSync(join(folder, path), 'utf8')])),
    [`${tool}/libs/common/common/__init__.py`]: 'NAME = "common"\n',
    [`${tool}/src/shop/__init__.py`]: '',
    [`${tool}/src/shop/main.py`]: INSTALLED,
  };
}

/** Says which packages of its lock file are there, and the version of the installed project. */
const INSTALLED = `from importlib.metadata import version
from importlib.util import find_spec

from common import NAME

def app(environ, start_response):
    found = [name for name in ("six", "h11", "flask") if find_spec(name)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join([version("shop"), NAME, *found]).encode()]
`;

const PYLOCK = (wheels: Record<string, string>) => `lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11"

[[packages]]
name = "gunicorn"
version = "27.0.1"
index = "https://pypi.org/simple"
wheels = [{ url = "file:///opt/wheels/gunicorn-27.0.1-py3-none-any.whl", hashes = { sha256 = "${wheels.gunicorn}" } }]
`;

const APP = `import gunicorn

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [gunicorn.__version__.encode()]
`;

const PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["gunicorn==27.0.1"]\n';

describe('lock files and their tools, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
  });
  after(() => world?.stop());

  const configure = (path: string, more: Record<string, unknown> = {}) =>
    world.configure({
      requirements: undefined,
      app: undefined,
      path,
      gunicorn: { workers: 1, workerClass: 'sync' },
      readiness: { path: '/' },
      ...more,
    });
  const served = async () => (await world.ask('/')).body;
  const chosen = { app: 'shop.main:app', dependencies: { groups: ['prod'], extras: ['fast'] } };

  const installs = async (tool: 'poetry' | 'pdm') => {
    configure(tool, chosen);
    const ran = await world.deploy(world.repository.commit(tool, filesOf(tool)));
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, new RegExp(`dependencies · \\w+ with ${tool} in .*; the project itself in`));
    assert.equal(await served(), '1.2.3 common six h11');
  };
  const refusesStale = async (tool: 'poetry' | 'pdm') => {
    const path = `${tool}/pyproject.toml`;
    const changed = filesOf(tool)[path]?.replace('27.0.1', '27.0.0') ?? '';
    const ran = await world.deploy(world.repository.commit('stale', { [path]: changed }));
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, new RegExp(`${tool}\\.lock does not fit pyproject\\.toml\\.`));
    assert.match(ran.output, new RegExp(`What to do: Run \`${tool} lock\``));
    assert.equal(await served(), '1.2.3 common six h11');
  };

  it('poetry.lock, with the chosen groups and extras, the project and its path dependency', () =>
    installs('poetry'));
  it('a poetry.lock that does not fit is refused with the command', () => refusesStale('poetry'));

  describe('without uv on the host', () => {
    before(async () => {
      await world.host.root('mv /usr/local/bin/uv /usr/local/bin/uv.off');
    });
    after(() => world.host.root('mv /usr/local/bin/uv.off /usr/local/bin/uv'));

    it('pylock.toml is installed by a uv that the host gets for it', async () => {
      const { stdout } = await world.host.root('sha256sum /opt/wheels/gunicorn-*.whl');
      configure('pylock');
      const pylock = PYLOCK({ gunicorn: stdout.slice(0, 64) });
      const commit = world.repository.commit('pylock', {
        'pylock/pylock.toml': pylock,
        'pylock/main.py': APP,
      });
      const ran = await world.deploy(commit);
      assert.equal(ran.code, 0, ran.output);
      assert.equal(await served(), '27.0.1');
      assert.equal((await world.host.root('ls /usr/local/bin/uv')).code, 2);
    });

    it('pyproject.toml alone is installed where landfall.yaml says unlocked', async () => {
      configure('bare', { dependencies: { unlocked: true } });
      const commit = world.repository.commit('bare', { 'bare/pyproject.toml': PROJECT, 'bare/main.py': APP });
      const ran = await world.deploy(commit);
      assert.equal(ran.code, 0, ran.output);
      assert.match(ran.output, /pyproject\.toml, not locked/);
      assert.equal(await served(), '27.0.1');
    });

    it('pdm.lock is installed by pip', () => installs('pdm'));
    it('a pdm.lock that does not fit is refused with the command', () => refusesStale('pdm'));
  });
});
