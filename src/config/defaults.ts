/** What a key means when it is not written. Those that depend on the service's name are functions. */
export const DEFAULTS = {
  layout: 'releases',
  strategy: 'overlap',
  // Nobody is asked at 3 a.m. whether an outage is all right: that is decided in landfall.yaml.
  whenMemoryShort: 'refuse',
  app: 'main:app',
  python: 'python3',
  requirements: ['requirements.txt'],
  bind: '127.0.0.1:8000',
  gunicorn: {
    workers: 2,
    workerClass: 'uvicorn_worker.UvicornWorker',
    timeout: '30s',
    gracefulTimeout: '30s',
    preload: false,
  },
  // A slow import (large models, cold disk) takes tens of seconds; a hanging one never ends.
  preImport: { timeout: '60s' },
  rehearse: { timeout: '60s' },
  // Long enough for an index on a large table, short enough to notice a lock that nobody gives up.
  migrate: { timeout: '10m' },
  // A cold install that compiles packages takes minutes.
  installTimeout: '15m',
  readiness: {
    path: '/health/ready',
    timeout: '60s',
    requestTimeout: '2s',
    successes: 3,
    // Two or three answers: one may be bad luck, and users meet whatever comes after.
    tolerance: '1s',
  },
  soak: { interval: '2s', commandTimeout: '30s' },
  // A night: whoever is on call has seen it by then, and the host may come back by itself before.
  rollback: { keepTrying: '6h' },
  keepReleases: 5,
  batch: 1,
  ssh: { user: 'deploy', port: 22 },
  user: (service: string) => service,
  base: (service: string) => `/srv/${service}`,
  unit: (service: string) => `${service}.service`,
} as const;
