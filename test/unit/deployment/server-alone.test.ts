import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../src/config/deploy-input';
import type { Examined } from '../../../src/contract/contract-types';
import { resolveServer } from '../../../src/deployment/resolve-server';
import { settings } from '../../harness/deploy-input';

interface Row {
  name: string;
  packages: string[];
  kind: Examined['app']['kind'];
  gunicorn?: Partial<ServiceSettings['gunicorn']>;
  server?: Partial<NonNullable<ServiceSettings['server']>>;
  /** The app that pyproject.toml names. */
  entrypoint?: string;
  /** `server interface workers | words`, or `message / advice`. */
  gives: string;
}

const ROWS: Row[] = [
  {
    name: 'uvicorn, where the project says how many workers',
    packages: ['uvicorn 0.40.0', 'fastapi 0.110'],
    kind: 'asgi',
    gives: 'uvicorn asgi null | uvicorn 0.40.0, because gunicorn is not installed; main:app is ASGI',
  },
  {
    name: 'settings of gunicorn: that uvicorn has too',
    packages: ['uvicorn 0.40.0'],
    kind: 'asgi',
    gunicorn: { workers: 3 },
    gives: 'uvicorn asgi 3 | uvicorn 0.40.0, because gunicorn is not installed; main:app is ASGI',
  },
  {
    name: 'hypercorn',
    packages: ['hypercorn 0.18.0'],
    kind: 'unknown',
    gives: 'hypercorn asgi null | hypercorn 0.18.0, because gunicorn is not installed',
  },
  {
    name: 'granian with an ASGI app',
    packages: ['granian 2.8.9', 'litestar 2.25.0'],
    kind: 'asgi',
    gives: 'granian asgi null | granian 2.8.9, because gunicorn is not installed; main:app is ASGI',
  },
  {
    name: 'granian with a WSGI app, next to a server that does not serve WSGI',
    packages: ['granian 2.8.9', 'uvicorn 0.40.0'],
    kind: 'wsgi',
    gives: 'granian wsgi null | granian 2.8.9, because gunicorn is not installed; main:app is WSGI',
  },
  {
    name: 'granian with an app of which only the framework is known',
    packages: ['granian 2.8.9', 'flask 3.1.3'],
    kind: 'unknown',
    gives: 'granian wsgi null | granian 2.8.9, because gunicorn is not installed',
  },
  {
    name: 'a granian that cannot take a socket',
    packages: ['granian 2.4.2'],
    kind: 'asgi',
    gives:
      'granian 2.4.2 cannot take the socket that releases share. / Raise granian to 2.5 or newer in the dependencies, and deploy again.',
  },
  {
    name: 'a WSGI app with uvicorn and hypercorn',
    packages: ['uvicorn 0.40.0', 'hypercorn 0.18.0'],
    kind: 'wsgi',
    gives:
      'gunicorn is not installed, and uvicorn and hypercorn do not serve WSGI. / Add gunicorn to the dependencies, or granian, and deploy again.',
  },
  {
    name: 'no server at all',
    packages: ['flask 3.1.3'],
    kind: 'wsgi',
    gives:
      'gunicorn is not installed, and the release has no other server. / Add gunicorn to the dependencies, or granian, and deploy again.',
  },
  {
    name: 'a server that landfall.yaml names, next to Gunicorn',
    packages: ['gunicorn 25.0.1', 'uvicorn 0.40.0'],
    kind: 'asgi',
    server: { name: 'uvicorn', workers: 4, options: ['--root-path', '/api'] },
    gives: 'uvicorn asgi 4 | uvicorn 0.40.0 with --root-path /api (landfall.yaml); main:app is ASGI',
  },
  {
    name: 'Gunicorn with options',
    packages: ['gunicorn 25.0.1', 'uvicorn 0.40.0'],
    kind: 'asgi',
    server: { name: 'gunicorn', options: ['--max-requests', '1000'] },
    gives: 'gunicorn asgi null | gunicorn 25.0.1 with asgi; main:app is ASGI',
  },
  {
    name: 'a named server that is not installed',
    packages: ['gunicorn 25.0.1'],
    kind: 'asgi',
    server: { name: 'hypercorn' },
    gives:
      'server is hypercorn, and hypercorn is not installed. / Add hypercorn to the dependencies, or remove server: from landfall.yaml.',
  },
  {
    name: 'a named server that does not serve the app',
    packages: ['gunicorn 25.0.1', 'uvicorn 0.40.0'],
    kind: 'wsgi',
    server: { name: 'uvicorn' },
    gives:
      'server is uvicorn, and uvicorn does not serve WSGI. / Write server: gunicorn or granian, and add it to the dependencies.',
  },
  {
    name: "the app of fastapi's entrypoint",
    packages: ['uvicorn 0.40.0', 'fastapi 0.110'],
    kind: 'no-module',
    entrypoint: 'shop.api:app',
    gives:
      'uvicorn asgi null | uvicorn 0.40.0, because gunicorn is not installed; the app is shop.api:app (tool.fastapi.entrypoint of pyproject.toml)',
  },
  {
    name: "an app main:app next to fastapi's entrypoint",
    packages: ['uvicorn 0.40.0'],
    kind: 'asgi',
    entrypoint: 'shop.api:app',
    gives:
      'uvicorn asgi null | uvicorn 0.40.0, because gunicorn is not installed; main:app is ASGI; tool.fastapi.entrypoint of pyproject.toml names shop.api:app; write app: shop.api:app to serve it',
  },
  {
    name: 'a worker class, which Gunicorn alone has',
    packages: ['uvicorn 0.40.0'],
    kind: 'asgi',
    gunicorn: { workerClass: 'asgi' },
    gives:
      'gunicorn is not installed, and landfall.yaml has settings of it. / Add gunicorn to the dependencies, or remove gunicorn.workerClass and gunicorn.configFile.',
  },
];

for (const { name, packages, kind, gunicorn, server, entrypoint = null, gives } of ROWS) {
  test(`a server without Gunicorn: ${name}`, () => {
    const app = { kind, file: 'main.py', line: 1, by: null };
    const examined: Examined = { packages, app, conf: null, candidates: [] };
    const standard = settings();
    const written = server && {
      name: 'uvicorn' as const,
      workers: null,
      gracefulTimeout: null,
      options: [],
      ...server,
    };
    const resolved = resolveServer(
      { ...standard, gunicorn: { ...standard.gunicorn, ...gunicorn }, server: written ?? null },
      examined,
      { apps: [], entrypoint },
    );
    assert.equal(
      'refused' in resolved
        ? `${resolved.refused.message} / ${resolved.refused.advice}`
        : `${resolved.server.name} ${resolved.server.interface} ${resolved.server.workers} | ${resolved.words.join('; ')}`,
      gives,
    );
  });
}
