import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeOf, complaint, type InstallContext } from '../../../../src/activities/prepare/install-causes';
import { OUTPUTS } from './install-outputs';

const CONTEXT: InstallContext = {
  service: 'shop',
  host: 'web1',
  deployUser: 'deploy',
  python: '/usr/bin/python3',
  packaging: { tool: 'requirements', files: ['requirements.txt'], encoding: 'utf-8', local: false },
};
const told = (output: string) => causeOf(output, CONTEXT);

const RECORDED: [keyof typeof OUTPUTS, RegExp, RegExp][] = [
  ['pip-missing', /^no-such-package==1\.0 is not in the index that web1 uses\.$/, /index that has it/],
  ['uv-missing', /^no-such-package is not in the index that web1 uses\.$/, /index that has it/],
  ['pip-version', /^gunicorn==99 is not in the index/, /name or version/],
  ['uv-version', /^gunicorn==99 is not in the index/, /name or version/],
  [
    'uv-401',
    /^127\.0\.0\.1:8977 wants a login\.$/,
    /~deploy\/\.netrc on web1, .*\/etc\/landfall\/shop\.install\.env/,
  ],
  ['uv-403', /^127\.0\.0\.1:8977 wants a login\.$/, /\.netrc/],
  ['uv-refused', /^web1 cannot reach 127\.0\.0\.1:8978\.$/, /https_proxy/],
  ['uv-dns', /^web1 cannot reach pypi\.org\.$/, /https_proxy/],
  ['pip-hash', /^the file of gunicorn==27\.0\.1 has another hash than requirements\.txt says/, /Lock again/],
  ['uv-hash', /^the file of gunicorn==27\.0\.1 has another hash/, /Lock again/],
  ['pip-gcc', /built from source on web1, and that needs a C compiler/, /apt install gcc python3-dev/],
  ['uv-gcc', /built from source on web1, and that needs a C compiler/, /apt install gcc python3-dev/],
  ['pip-nohatch', /its build needs flit_core, which web1 finds in no index/, /folder of wheels/],
  ['uv-nohatch', /its build needs flit-core, which web1 finds in no index/, /folder of wheels/],
  [
    'pip-requires',
    /web1 has Python 3\.11\.2 \(\/usr\/bin\/python3\), and a package needs >=3\.13/,
    /python3\.12/,
  ],
  [
    'uv-requires',
    /web1 has Python 3\.11\.2 \(\/usr\/bin\/python3\), and a package needs >=3\.13/,
    /python3\.12/,
  ],
  ['pip-git', /web1 has no git/, /apt install git/],
  ['uv-git', /web1 has no git/, /apt install git/],
  [
    'ensurepip',
    /^web1 has neither uv nor the package python3-venv, so \/usr\/bin\/python3/,
    /apt install python3-venv/,
  ],
];

for (const [name, message, advice] of RECORDED) {
  test(`the recorded output ${name} has its cause and its way`, () => {
    const cause = told(OUTPUTS[name]);
    assert.match(cause?.message ?? '', message);
    assert.match(cause?.advice ?? '', advice);
  });
}

const LINES: [string, RegExp, RegExp][] = [
  ['landfall: uv.lock does not fit pyproject.toml', /^uv\.lock does not fit pyproject\.toml\.$/, /uv lock/],
  [
    'landfall: poetry.lock does not fit pyproject.toml',
    /^poetry\.lock does not fit/,
    /`poetry lock`, commit poetry\.lock/,
  ],
  [
    'landfall: pdm.lock does not fit pyproject.toml',
    /^pdm\.lock does not fit/,
    /`pdm lock`, commit pdm\.lock/,
  ],
  ['git@github.com: Permission denied (publickey).', /refuses deploy of web1 over SSH/, /known_hosts/],
  [
    "fatal: could not read Username for 'https://github.com': No such device or address",
    /^github\.com wants a login/,
    /\.netrc/,
  ],
  [
    'ERROR: HTTP error 401 while getting https://***@index.example/simple/x.whl',
    /^index\.example wants a login/,
    /\.netrc/,
  ],
  [
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused': /simple/x/\nLooking in indexes: http://index.example/simple",
    /^web1 cannot reach index\.example\.$/,
    /proxy/,
  ],
  ['error: No space left on device (os error 28)', /^no space is left on web1/, /keepReleases/],
  ['Error: pg_config executable not found.', /needs libpq-dev/, /apt install libpq-dev/],
  ["error: can't find Rust compiler", /needs Rust/, /apt install rustc/],
  ['x.c:1:10: fatal error: Python.h: No such file or directory', /headers of Python/, /python3-dev/],
  ['x.c:1:10: fatal error: ffi.h: No such file or directory', /needs ffi\.h/, /ffi\.h/],
  [
    '/tmp/x/configure: Permission denied',
    /may not do this: \/tmp\/x\/configure: Permission denied/,
    /noexec/,
  ],
  ['LookupError: setuptools-scm was unable to detect version for /srv', /history of Git/, /PRETEND_VERSION/],
  [
    "error: Distribution `torch==2.1 @ registry+https://x` can't be installed because it doesn't have a source distribution or wheel for the current platform",
    /^uv\.lock has no file of torch==2\.1/,
    /required-environments/,
  ],
];

for (const [output, message, advice] of LINES) {
  test(`so has: ${output.slice(0, 60)}`, () => {
    assert.match(told(output)?.message ?? '', message);
    assert.match(told(output)?.advice ?? '', advice);
  });
}

test('another output has no cause, and its complaint is shown', () => {
  const output = 'Looking\nERROR: the sky fell\nnotice';
  assert.equal(told(output), null);
  assert.equal(complaint(output), 'ERROR: the sky fell');
  assert.equal(complaint('only this\n'), 'only this');
});
