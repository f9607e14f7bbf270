import type {
  DeployInput,
  DoctorInput,
  HostTarget,
  ServiceSettings,
  SoakSettings,
} from '../../src/config/deploy-input';
import { settingsForm } from '../../src/config/settings';

/** The settings of a service that writes little into landfall.yaml; tests change what they are about. */
export function settings(changes: Partial<ServiceSettings> = {}): ServiceSettings {
  const standard = settingsForm.read(
    { strategy: 'restart', envFiles: ['/etc/shop/env'] },
    { service: 'shop' },
  );
  return { ...standard, ...changes };
}

/** A soak of so many milliseconds, of readiness alone. */
export function soakOf(time: number, changes: Partial<SoakSettings> = {}): SoakSettings {
  return {
    time,
    interval: 1_000,
    url: null,
    command: null,
    commandTimeout: 30_000,
    commandMemory: null,
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
    domain: null,
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
