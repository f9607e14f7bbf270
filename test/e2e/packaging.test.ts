import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { releaseOf } from '../harness/invariants';
import { World } from '../harness/world';

const APP = (text: string) => `import os
from importlib.metadata import version

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("${text} " + version("shop")).encode()]

def task():
    print("${text}")
`;

const project = (dependencies: string) => `[project]
name = "shop"
version = "1.2.3"
requires-python = ">=3.11"
dependencies = [${dependencies}]
[project.scripts]
shop-task = "shop.main:task"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
`;

/** Of gunicorn and packaging, with the hashes of these wheels. */
function lockOf(wheels: Map<string, string>): string {
  const locked = (name: string, needs: string) => {
    const [file = '', hash = ''] = [...wheels].find(([each]) => each.startsWith(`${name}-`)) ?? [];
    return `[[package]]
name = "${name}"
version = "${file.split('-')[1]}"
source = { registry = "https://pypi.org/simple" }
${needs}wheels = [{ url = "https://files.pythonhosted.org/packages/${file}", hash = "sha256:${hash}" }]
`;
  };
  return `version = 1
revision = 3
requires-python = ">=3.11"

${locked('gunicorn', 'dependencies = [{ name = "packaging" }]\n')}
${locked('packaging', '')}
[[package]]
name = "shop"
version = "1.2.3"
source = { editable = "." }
dependencies = [{ name = "gunicorn" }]

[package.metadata]
requires-dist = [{ name = "gunicorn" }]
`;
}

describe('the packages of a project and the project itself, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    // Found by the files of the commit: nothing is written.
    world.configure({
      requirements: undefined,
      app: 'shop.main:app',
      gunicorn: { workers: 1, workerClass: 'sync' },
      readiness: { path: '/' },
    });
  });
  after(() => world?.stop());

  const served = async () => (await world.ask('/')).body;

  it('a src layout of requirement files that say -e .', async () => {
    const commit = world.repository.commit('editable', {
      'requirements.txt': '-e .\ngunicorn\n',
      'pyproject.toml': project(''),
      'src/shop/__init__.py': '',
      'src/shop/main.py': APP('editable'),
    });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.equal(await served(), 'editable 1.2.3');
  });

  it('uv.lock from the wheels of the host; two releases share an environment, and no code', async () => {
    const { host } = world;
    const { stdout } = await host.root('cd /opt/wheels && sha256sum gunicorn-*.whl packaging-*.whl');
    const wheels = new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.slice(66), line.slice(0, 64)] as const),
    );
    const files = {
      'uv.lock': lockOf(wheels),
      'pyproject.toml': project('"gunicorn"'),
      'src/shop/main.py': APP('one'),
    };
    const one = world.repository.commit('locked', files);
    const first = await world.deploy(one);
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /dependencies · \w+ with uv in .*; the project itself in/);
    assert.equal(await served(), 'one 1.2.3');
    const two = world.repository.commit('changed', { 'src/shop/main.py': APP('two') });
    const second = await world.deploy(two);
    assert.equal(second.code, 0, second.output);
    assert.match(second.output, /dependencies · unchanged \(\w+\); the project itself in/);
    assert.equal(await served(), 'two 1.2.3');
    for (const [commit, text] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      const venv = `/srv/shop/releases/${await releaseOf(world, commit)}/.venv`;
      const told = await host.root(
        `cd / && ${venv}/bin/shop-task && head -1 ${venv}/bin/gunicorn && readlink -f ${venv}/bin/..`,
      );
      const [said, script, layer] = told.stdout.split('\n');
      assert.deepEqual([said, script], [text, `#!${layer}/bin/python`]);
    }
  });

  it('a lock that does not fit is refused before anything of it runs', async () => {
    const commit = world.repository.commit('stale', { 'pyproject.toml': project('"gunicorn", "packaging"') });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, /uv\.lock does not fit pyproject\.toml\.[\s\S]*What to do: Run `uv lock`/);
    assert.equal(await served(), 'two 1.2.3');
  });
});
