/** The reading of the host of the starting point, for tests that change single facts. */
import type { Reading } from '../../../src/adopt/reading';

export const READING: Reading = {
  root: true,
  login: 'deploy',
  unit: {
    name: 'shop.service',
    load: 'loaded',
    active: 'active',
    enabled: 'enabled',
    files: ['/etc/systemd/system/shop.service'],
    type: 'simple',
    user: 'www-data',
    directory: '/srv/shop',
    mainPid: 160,
    sockets: [],
    commands: [
      '/srv/shop/venv/bin/gunicorn main:app --preload -w 2 -k uvicorn_worker.UvicornWorker -b 127.0.0.1:8077'.split(
        ' ',
      ),
    ],
    listens: [{ host: '127.0.0.1', port: 8077 }],
    memory: 60 << 20,
    sharedMemory: 22 << 20,
    settings: [{ name: 'DATABASE_URL', secret: true, file: '/etc/shop.env', dropIn: false }],
    environmentFiles: [{ path: '/etc/shop.env', readable: true, exists: true }],
    directives: [],
  },
  owner: 'deploy',
  checkout: {
    root: '/srv/shop',
    folder: '',
    commit: '3fa9c1e'.padEnd(40, '0'),
    branch: 'main',
    remote: 'git@github.com:acme/shop.git',
    remoteHasLogin: false,
    published: true,
    changed: [],
    untracked: [],
    ignored: [],
  },
  conf: null,
  python: { environment: '/srv/shop/venv', version: '3.11.2', packages: ['gunicorn 27.0.1'] },
  requirements: ['requirements.txt'],
  locks: [],
  unpinned: [],
  routes: [{ path: '/health/ready', status: 200, milliseconds: 3 }],
  proxies: ['/etc/nginx/sites-enabled/shop'],
  neighbours: [],
  scripts: [],
  crontabs: [],
  machine: {
    hostname: 'web1',
    memoryAvailable: 2e9,
    diskFree: 1e10,
    processors: 2,
    systemd: '252',
    python: '3.11.2',
  },
};

export function readingWith(
  changes: {
    [K in keyof Reading]?: Reading[K] extends object | null
      ? Partial<NonNullable<Reading[K]>> | null
      : Reading[K];
  },
): Reading {
  const merged = Object.entries(changes).map(([key, value]) => {
    const before = READING[key as keyof Reading];
    const isMap = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
    return [key, isMap(value) && isMap(before) ? { ...(before as object), ...(value as object) } : value];
  });
  return { ...READING, ...Object.fromEntries(merged) };
}
