import type { DeployInput, DoctorInput, HostTarget, ServiceSettings } from '../../src/config/deploy-input';

/** Settings as landfall.yaml's defaults give them; tests change what they are about. */
export function settings(changes: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    layout: 'releases',
    strategy: 'restart',
    whenMemoryShort: 'refuse',
    app: 'main:app',
    python: 'python3',
    requirements: ['requirements.txt'],
    shared: [],
    user: 'shop',
    base: '/srv/shop',
    envFiles: ['/etc/shop/env'],
    unit: 'shop.service',
    env: {},
    gunicorn: {
      workers: 2,
      workerClass: 'uvicorn_worker.UvicornWorker',
      timeout: 30_000,
      gracefulTimeout: 30_000,
      preload: false,
      configFile: null,
    },
    preImport: { timeout: 60_000, memory: null },
    rehearse: { timeout: 60_000, memory: null },
    migrate: null,
    installTimeout: 600_000,
    installMemory: null,
    readiness: {
      path: '/health/ready',
      url: null,
      headers: {},
      timeout: 60_000,
      requestTimeout: 2_000,
      successes: 3,
      tolerance: 1_000,
      release: null,
    },
    soak: null,
    rollback: { keepTrying: 21_600_000 },
    keepReleases: 5,
    ...changes,
  };
}

export function hostTarget(name: string, changes: Partial<HostTarget> = {}): HostTarget {
  return {
    name,
    address: name,
    port: 22,
    user: 'deploy',
    bind: { host: '127.0.0.1', port: 8000 },
    ...changes,
  };
}

export function doctorInput(changes: Partial<DoctorInput> = {}): DoctorInput {
  return {
    service: 'shop',
    environment: 'production',
    hosts: [hostTarget('web1')],
    settings: settings(),
    by: 'a test',
    takeOver: false,
    ...changes,
  };
}

export function input(changes: Partial<DeployInput> = {}): DeployInput {
  return {
    service: 'shop',
    environment: 'production',
    source: { ref: 'main' },
    repository: '/srv/git/shop.git',
    path: null,
    hosts: [hostTarget('web1')],
    batch: 1,
    settings: settings(),
    by: 'a test',
    ciRun: null,
    fixForward: false,
    takeOver: false,
    ...changes,
  };
}
