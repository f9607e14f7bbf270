import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeOf, complaint, type InstallContext } from '../../../../src/activities/prepare/install-causes';
import { OUTPUTS } from './install-outputs';

const CONTEXT: InstallContext = {
  service: 'shop',
  host: 'web1',
  deployUser: 'deploy',
  python: '/usr/bin/python3',
  wheels: null,
  packaging: { tool: 'requirements', files: ['requirements.txt'], encoding: 'utf-8', local: false },
};
const told = (output: string) => causeOf(output, CONTEXT);

test('a package that is not in the folder of wheels names that folder and its key', () => {
  const cause = causeOf(OUTPUTS['pip-version'], { ...CONTEXT, wheels: 'vendor/wheels' });
  assert.match(
    cause?.message ?? '',
    /^gunicorn==99 is not in vendor\/wheels, the folder of wheels, for .*python3/,
  );
  assert.match(cause?.advice ?? '', /`wheels:`/);
});

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
  [
    'error: Failed to fetch: https://index.example/simple/x/\n  cause: invalid peer certificate: UnknownIssuer',
    /^web1 does not trust the certificate of index\.example\.$/,
    /SSL_CERT_FILE=… and PIP_CERT=…/,
  ],
  [
    "WARNING: Retrying after connection broken by 'ReadTimeoutError(\"HTTPSConnectionPool(host='index.example', port=443): Read timed out. (read timeout=15)\")': /simple/x/",
    /^index\.example answers web1 too slowly\.$/,
    /UV_HTTP_TIMEOUT=120/,
  ],
  [
    "OSError('Tunnel connection failed: 407 Proxy Authentication Required')",
    /proxy of web1 wants a login/,
    /https_proxy=/,
  ],
  [
    'ERROR: HTTP error 503 while getting https://index.example/x.whl',
    /^index\.example answered 503/,
    /again/,
  ],
  [
    'remote: Repository not found.\nfatal: repository',
    /does not exist, or deploy of web1 may not read it/,
    /\.netrc/,
  ],
  [
    "error: pathspec 'v9' did not match any file(s) known to git",
    /a repository of a requirement has no v9/,
    /commit, tag or branch/,
  ],
  [
    'ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:',
    /requirements\.txt has hashes for some of its packages/,
    /--generate-hashes/,
  ],
  ["error: unexpected argument '--no-emit-local' found", /uv of web1 is too old/, /uv self update/],
  [
    'ERROR: File "setup.py" not found. Directory cannot be installed in editable mode: /srv (A "pyproject.toml" file was found, but editable mode currently requires a setup.py based build.)',
    /pip of web1 is too old/,
    /Install uv/,
  ],
  [
    'ERROR: x-2.5-cp313-cp313-manylinux2014_x86_64.whl is not a supported wheel on this platform.',
    /^x-2\.5-cp313-cp313-manylinux2014_x86_64\.whl has no file for web1 \(\/usr\/bin\/python3\)/,
    /python3\.12/,
  ],
  [
    'error: No solution found when resolving dependencies\n  cause: Because pydantic-core==2.50.4 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`), we can conclude that your requirements are unsatisfiable.',
    /^pydantic-core==2\.50\.4 has no file for web1/,
    /wheel for this Python and platform/,
  ],
  [
    'error: No solution found when resolving dependencies\n  cause: Because all versions of fastapi depend on starlette>=1.6.0 and you require fastapi==0.165.0, we can conclude that you require starlette>=1.6.0.\n         And because you require starlette<1.6, we can conclude that your requirements are unsatisfiable.',
    /exclude each other: Because all versions of fastapi depend on starlette>=1\.6\.0/,
    /Loosen or change/,
  ],
  [
    'ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io',
    /exclude each other: a==1 and b==2\.$/,
    /Loosen or change/,
  ],
  ['Because x==1 was yanked (reason: broken) and', /x==1 was withdrawn by its authors/, /another version/],
  [
    "ModuleNotFoundError: No module named 'distutils'",
    /its build is too old for/,
    /newer version of that package/,
  ],
  ["No package 'cairo' found", /the library cairo/, /-dev package of cairo/],
  ['/usr/bin/ld: cannot find -lssl', /the library ssl/, /-dev package of ssl/],
  ["error: command 'swig' failed: No such file or directory", /needs swig/, /apt install swig/],
  ['cc: fatal error: Killed signal terminated program cc1', /memory for a build on web1/, /installMemory/],
  [
    "OSError: [Errno 30] Read-only file system: '/srv/x'",
    /may write only into its environment/,
    /another place/,
  ],
  ['  × Failed to build `x==1`\n  odd words', /the build of x==1 on web1 failed/, /last lines/],
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
