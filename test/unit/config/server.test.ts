/** The key `server`: read, merged, and checked against what Landfall writes itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/config-error';
import { parseConfig } from '../../../src/config/load-config';

function fileWith(top: string, inEnvironment = ''): string {
  return `service: shop
repository: git@example.com:shop.git
${top}
environments:
  production:
    hosts: [web1]
    ${inEnvironment}
`;
}

function serverOf(top: string, inEnvironment?: string) {
  const config = parseConfig('landfall.yaml', fileWith(top, inEnvironment));
  return config.environments.get('production')?.settings.server;
}

function problemIn(top: string): string {
  try {
    parseConfig('landfall.yaml', fileWith(top));
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return 'no problem';
}

const silent = { workers: null, gracefulTimeout: null, options: [] };

test('a server is a name or a map, and an environment adds to the map', () => {
  assert.equal(serverOf(''), null);
  assert.deepEqual(serverOf('server: granian'), { name: 'granian', ...silent });
  assert.deepEqual(
    serverOf('server: { name: uvicorn, options: [--root-path, /api] }', 'server: { workers: 8 }'),
    { name: 'uvicorn', workers: 8, gracefulTimeout: null, options: ['--root-path', '/api'] },
  );
  assert.deepEqual(serverOf('server: { name: uvicorn, workers: 8 }', 'server: hypercorn'), {
    name: 'hypercorn',
    ...silent,
  });
});

const PROBLEMS: [string, RegExp][] = [
  ['server: daphne', /server: found "daphne"; allowed: gunicorn, uvicorn, hypercorn or granian, or a map/],
  ['server: { workers: 2 }', /server: has no name; write one such as name: uvicorn$/],
  [
    'server: { name: gunicorn, workers: 2 }',
    /server\.workers: of Gunicorn stands elsewhere; write gunicorn: \{ workers: … \}$/,
  ],
  [
    'server: uvicorn\ngunicorn: { timeout: 60s }',
    /gunicorn\.timeout: is for Gunicorn, and server is uvicorn; write it under server:, or remove it$/,
  ],
];
for (const [top, problem] of PROBLEMS) test(`refused: ${top}`, () => assert.match(problemIn(top), problem));

/** Words of an old `ExecStart=`, and the beginning of the sentence that says where they belong; '': they stay. */
const OPTIONS: [string, string, string][] = [
  ['uvicorn', '--proxy-headers, --forwarded-allow-ips, "*"', ''],
  ['uvicorn', '--root-path=/api, --lifespan, "off", --no-access-log, --loop, uvloop', ''],
  ['uvicorn', '--host, 0.0.0.0', '--host is the address, which Landfall sets; write bind:'],
  ['uvicorn', '--port=80', '--port=80 is the address'],
  ['uvicorn', '--uds, /run/a.sock', '--uds is the address'],
  ['uvicorn', '--fd, "3"', '--fd is the address'],
  ['uvicorn', '--workers, "4"', '--workers has a key: server: { name: uvicorn, workers: 4 }'],
  ['uvicorn', '--reload', '--reload restarts workers when files change'],
  ['uvicorn', '--factory', '--factory says that the app is a function; write app: with a call'],
  ['uvicorn', '--app-dir, src', '--app-dir is a folder of modules; write pythonPath:'],
  ['uvicorn', '--env-file, .env', '--env-file is a file of variables; write envFiles:'],
  ['uvicorn', 'shop.main:app, --proxy-headers', 'shop.main:app is the app; write app:'],
  ['hypercorn', '--config, hypercorn.toml, --access-logfile, "-"', ''],
  ['hypercorn', '-b, "[::]:80"', '-b is the address'],
  ['hypercorn', '-w4', '-w4 has a key: server: { name: hypercorn, workers: 4 }'],
  ['hypercorn', '--daemon', '--daemon leads into the background'],
  ['hypercorn', '--error-logfile, /var/log/e.log', '--error-logfile leads away from the journal'],
  ['hypercorn', '-k, trio', '-k trio has no gate; write asyncio or uvloop'],
  ['hypercorn', '-k, uvloop', ''],
  ['granian', '--loop, uvloop, --url-path-prefix, /api', ''],
  ['granian', '--interface, rsgi', '--interface is chosen by the kind of the app; remove it'],
  ['granian', '--pid-file, /run/g.pid', '--pid-file writes a pid file'],
  ['granian', '--metrics', '--metrics opens an address of its own'],
  ['gunicorn', '--max-requests, "1000"', ''],
  ['gunicorn', '-u, www-data', '-u is an account'],
  ['gunicorn', '-k, gthread', '-k has a key: gunicorn: { workerClass: … }'],
  ['gunicorn', '--graceful-timeout=9', '--graceful-timeout=9 has a key: gunicorn: { gracefulTimeout: 60s }'],
];
for (const [name, options, says] of OPTIONS) {
  test(`options of ${name}: ${options}`, () => {
    const problem = problemIn(`server: { name: ${name}, options: [${options}] }`);
    if (says === '') assert.equal(problem, 'no problem');
    else assert.ok(problem.includes(`server.options: ${says}`), problem);
  });
}
