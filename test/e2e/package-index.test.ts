import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestHost } from '../harness/hosts';
import { World } from '../harness/world';

const TOKEN = 'token-of-the-index';

/** A package index over the wheels of the host that wants a login: ADDRESS */
const INDEX = `import base64, hashlib, http.server, os, re, sys
WHEELS = '/opt/wheels'
LOGIN = 'Basic ' + base64.b64encode(b'ci:${TOKEN}').decode()

class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip('/').split('/')[-1]
        if self.headers.get('Authorization') != LOGIN:
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="index"')
            self.end_headers()
            return
        if name.endswith('.whl'):
            body = open(os.path.join(WHEELS, name), 'rb').read()
        else:
            files = [each for each in os.listdir(WHEELS) if re.sub('[-_.]+', '-', each.split('-')[0]).lower() == name]
            body = ''.join('<a href="/files/%s">%s</a>' % (each, each) for each in files).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/zip' if name.endswith('.whl') else 'text/html')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command == 'GET' else b'')
    do_HEAD = do_GET

http.server.ThreadingHTTPServer((sys.argv[1], 8100), Index).serve_forever()
`;

/** A repository that only the deploying user's key may read. @returns its newest commit */
const LIBRARY = `set -e
rm -rf /tmp/lib && mkdir -p /tmp/lib/common && cd /tmp/lib
printf 'NAME = "common"\\n' >common/__init__.py
printf '[project]\\nname = "common"\\nversion = "1"\\n[build-system]\\nrequires = ["setuptools"]\\nbuild-backend = "setuptools.build_meta"\\n[tool.setuptools]\\npackages = ["common"]\\n' >pyproject.toml
git init -q . && git add . && git -c user.name=t -c user.email=t@example.com commit -qm one
git clone -q --bare . /home/deploy/lib.git && chown -R deploy: /home/deploy/lib.git
git rev-parse HEAD`;

const APP = (text: string) => `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [${text}.encode()]
`;

async function must(host: TestHost, command: string, input?: string): Promise<string> {
  const ran = await host.root(command, { input });
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout.trim();
}

describe('a private package index and a private repository, on a real host', () => {
  let world: World;
  let index: string;
  let library: string;
  before(async () => {
    world = await World.start({ strategy: 'overlap' });
    const { host } = world;
    index = `${host.address}:8100`;
    await must(host, 'mv /etc/uv/uv.toml /etc/pip.conf /root/ && cat >/root/index.py', INDEX);
    await must(host, `systemd-run --quiet --unit index python3 /root/index.py ${host.address}`);
    library = await must(host, LIBRARY);
    world.configure({
      requirements: undefined,
      gunicorn: { workers: 1, workerClass: 'sync' },
      readiness: { path: '/' },
    });
  });
  after(() => world?.stop());

  const requirements = (login: string, more = '') =>
    `--index-url http://${login}${index}/simple\ngunicorn==27.0.1\n${more}`;
  const repository = () => `common @ git+ssh://deploy@${world.host.address}/home/deploy/lib.git@${library}\n`;

  it('a wrong login in the address is refused with the place for it, and is never shown', async () => {
    const wrong = requirements('ci:a-wrong-token@');
    const ran = await world.deploy(
      world.repository.commit('wrong', { 'requirements.txt': wrong, 'main.py': APP('"-"') }),
    );
    assert.equal(ran.code, 2, ran.output);
    assert.match(
      ran.output,
      /wants a login\.[\s\S]*What to do: [^\n]*~deploy\/\.netrc[^\n]*shop\.install\.env/,
    );
    const shown = ran.output + (await world.landfall('status', 'shop')).output;
    assert.doesNotMatch(shown, /a-wrong-token/);
  });

  it('a repository without a key is refused with the place for it', async () => {
    const netrc = `machine ${world.host.address} login ci password ${TOKEN}\n`;
    await must(
      world.host,
      'umask 077 && cat >/home/deploy/.netrc && chown deploy: /home/deploy/.netrc',
      netrc,
    );
    const commit = world.repository.commit('library', {
      'requirements.txt': requirements('', repository()),
      'main.py': `from common import NAME\n\n${APP('NAME')}`,
    });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, /refuses deploy of \S+ over SSH\.[\s\S]*What to do: [^\n]*~\/\.ssh/);
  });

  it('the login in .netrc and the key in ~/.ssh are all that it needs', async () => {
    const { host } = world;
    await must(
      host,
      `su deploy -c 'cd && ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519 && cat .ssh/id_ed25519.pub >>.ssh/authorized_keys && ssh-keyscan ${host.address} >.ssh/known_hosts 2>/dev/null'`,
    );
    const ran = await world.deploy(world.repository.commit('with a key'));
    assert.equal(ran.code, 0, ran.output);
    assert.equal((await world.ask('/')).body, 'common');
    assert.doesNotMatch(ran.output, new RegExp(TOKEN));
  });

  it('uv.lock is installed from the index in it, with a login of install.env', async () => {
    const { host } = world;
    await must(host, 'rm /home/deploy/.netrc');
    const login = `UV_INDEX_PRIVATE_USERNAME=ci\nUV_INDEX_PRIVATE_PASSWORD=${TOKEN}\n`;
    await must(host, 'umask 077 && cat >/etc/landfall/shop.install.env', login);
    const digest = (await must(host, 'sha256sum /opt/wheels/gunicorn-*.whl')).slice(0, 64);
    const file = `http://${index}/files/gunicorn-27.0.1-py3-none-any.whl`;
    const ran = await world.deploy(
      world.repository.commit('locked', {
        'requirements.txt': null,
        'pyproject.toml': `[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["gunicorn"]
[[tool.uv.index]]
name = "private"
url = "http://${index}/simple"
default = true
`,
        'uv.lock': `version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "gunicorn"
version = "27.0.1"
source = { registry = "http://${index}/simple" }
wheels = [{ url = "${file}", hash = "sha256:${digest}" }]

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "gunicorn" }]

[package.metadata]
requires-dist = [{ name = "gunicorn" }]
`,
        'main.py': `import gunicorn\n\n${APP('gunicorn.__version__')}`,
      }),
    );
    assert.equal(ran.code, 0, ran.output);
    assert.equal((await world.ask('/')).body, '27.0.1');
    assert.doesNotMatch(ran.output, new RegExp(TOKEN));
  });
});
