import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { World } from '../harness/world';

/** Answers with the interpreter that serves, and with a module of the repository next to the service. */
const APP = `import sys
from common import NAME

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{NAME} {sys.base_prefix}".encode()]
`;

/** A wheelhouse with the two packages alone, a list of one interpreter for uv, and no index for anything. */
const FURNISH = `set -e
mkdir -p /opt/two /opt/py/python/bin /opt/py/python/lib && cd /opt/wheels && cp gunicorn-*.whl packaging-*.whl /opt/two
real=$(readlink -f /usr/bin/python3) && name=\${real##*/} && cd /opt/py
cp $real python/bin && cp -rL /usr/lib/$name python/lib && tar -cf - python | gzip -1 >py.tgz && rm -r python
version=$($real -c 'import platform; print(platform.python_version())') && patch=\${version##*.} && minor=\${name#python3.}
machine=$(uname -m) && sum=$(sha256sum py.tgz | cut -c1-64) && key=cpython-$version-linux-$machine-gnu
printf '{"%s": {"name": "cpython", "arch": {"family": "%s", "variant": null}, "os": "linux", "libc": "gnu", "major": 3, "minor": %s, "patch": %s, "prerelease": "", "url": "file:///opt/py/py.tgz", "sha256": "%s", "variant": null, "build": "20260101"}}' \
  $key $machine $minor $patch $sum >list.json
echo UV_PYTHON_DOWNLOADS_JSON_URL=file:///opt/py/list.json >/etc/landfall/shop.install.env`;

describe('interpreters, folders of wheels and code next to a service, on a real host', () => {
  let world: World;
  const usual = {
    requirements: undefined,
    path: 'services/shop',
    pythonPath: ['libs'],
    gunicorn: { workers: 1, workerClass: 'sync' },
    readiness: { path: '/' },
    strategy: 'overlap',
  };
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    await world.host.root(FURNISH);
  });
  after(() => world?.stop());

  const served = async () => (await world.ask('/')).body;

  it('a Python that no interpreter of the host fits is refused before anything is changed', async () => {
    world.configure(usual);
    const commit = world.repository.commit('one', {
      'libs/common/__init__.py': 'NAME = "one"\n',
      'services/shop/main.py': APP,
      'services/shop/requirements.txt': 'gunicorn\n',
      'services/shop/.python-version': '3.99\n',
    });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 2, ran.output);
    assert.match(
      ran.output,
      /has no Python that fits 3\.99 \(services\/shop\/\.python-version\): it has 3\./,
    );
    assert.match(ran.output, /What to do: Install python3\.99 .*python: managed/);
    assert.doesNotMatch(ran.output, /: claim/);
  });

  it('uv brings an interpreter, and installs from a folder of wheels of the host', async () => {
    world.configure({ ...usual, python: 'managed', wheels: '/opt/two' });
    await world.host.root('mv /etc/uv/uv.toml /etc/uv/off && mv /etc/pip.conf /etc/pip.off');
    const commit = world.repository.commit('two', {
      'libs/common/__init__.py': 'NAME = "two"\n',
      'services/shop/.python-version': null,
    });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /Python 3\S+ \(\/srv\/shop\/venvs\/\w+\/python\/.*\), by python: managed/);
    assert.match(await served(), /^two \/srv\/shop\/venvs\/\w+\/python\//);
  });

  it('without uv, pip installs from that folder, and names a package that is not in there', async () => {
    world.configure({ ...usual, wheels: '/opt/two' });
    await world.host.root('mv /usr/local/bin/uv /usr/local/bin/uv.off');
    const commit = world.repository.commit('three', { 'libs/common/__init__.py': 'NAME = "three"\n' });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /dependencies · \w+ with pip in /);
    assert.equal(await served(), 'three /usr');
    const more = world.repository.commit('four', { 'services/shop/requirements.txt': 'gunicorn\nsix\n' });
    const refused = await world.deploy(more);
    assert.equal(refused.code, 2, refused.output);
    assert.match(refused.output, /What failed: .*six is not in \/opt\/two, the folder of wheels/);
  });

  it('a host without uv and python3-venv is refused by its first look', async () => {
    const libraries = '$(python3 -c "import os; print(os.path.dirname(os.__file__))")';
    await world.host.root(`cd ${libraries} && mv ensurepip ensurepip.off`);
    const ran = await world.deploy(world.repository.commit('five'));
    await world.host.root(`cd ${libraries} && mv ensurepip.off ensurepip`);
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, /neither uv nor python3-venv[\s\S]*What to do: .*apt install python3-venv/);
    assert.doesNotMatch(ran.output, /: claim/);
  });
});
