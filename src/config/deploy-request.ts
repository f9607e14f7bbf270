import { parseRef } from '../git/ref';
import type { Policy } from '../host-agent/contract-types';
import { ConfigError } from './config-error';
import type { DeployInput, DoctorInput, HostTarget, ServiceSettings } from './deploy-input';
import type { Config, Environment } from './load-config';
import { nearest } from './suggest';

/** What was asked for on the command line. */
export type DeployRequest = {
  environment: string;
  by: string;
  ciRun: string | null;
  fixForward: boolean;
  takeOver: boolean;
  stopFirst?: boolean;
} & ({ ref: string } | { previous: true; soak?: boolean });

/**
 * What the doctor looks after. Pure.
 * @throws ConfigError for an environment that landfall.yaml does not have
 */
export function doctorInput(
  config: Config,
  request: { environment: string; by: string; takeOver: boolean },
): DoctorInput {
  const { hosts, settings } = environmentOf(config, request.environment);
  const { environment, by, takeOver } = request;
  return { service: config.service, environment, hosts, settings, by, takeOver };
}

/**
 * The workflow's argument. Pure; equal requests give equal inputs.
 * @throws ConfigError for an environment that landfall.yaml does not have, or a ref that Git could not have
 */
export function deployInput(config: Config, request: DeployRequest): DeployInput {
  const { hosts, batch, settings } = environmentOf(config, request.environment);
  return {
    service: config.service,
    environment: request.environment,
    source:
      'ref' in request
        ? { ref: checkedRef(config, request.ref) }
        : { previous: true, soak: request.soak ?? false },
    repository: config.repository,
    path: config.path,
    hosts,
    batch,
    settings,
    by: request.by,
    ciRun: request.ciRun,
    fixForward: request.fixForward,
    takeOver: request.takeOver,
    ...(request.stopFirst && { stopFirst: true }),
  };
}

/**
 * An environment by its name.
 * @throws ConfigError that names those that exist
 */
export function environmentOf(config: Config, name: string): Environment {
  const environment = config.environments.get(name);
  if (environment !== undefined) return environment;
  const names = [...config.environments.keys()];
  const meant = nearest(name, names);
  const message = `there is no environment ${name}${meant === null ? '' : `; did you mean ${meant}?`} (there is: ${names.join(', ')})`;
  throw problem(config, 'environments', message);
}

/**
 * What root has to allow on a host (`/etc/landfall/<service>.json`) for this service to be deployed
 * there. Takes an `Environment` or a whole `DeployInput`.
 */
export function policyOf(deploy: { service: string; settings: ServiceSettings }, host: HostTarget): Policy {
  const { user, base, envFiles, unit } = deploy.settings;
  return { service: deploy.service, user, deployUser: host.user, base, envFiles, unit };
}

/** Refuses what cannot be deployed from any repository; whether the ref exists is asked later. */
function checkedRef(config: Config, ref: string): string {
  const wanted = parseRef(ref);
  if (wanted.kind !== 'refused') return ref;
  throw problem(config, '', `${JSON.stringify(ref.slice(0, 60))} cannot be deployed: ${wanted.because}`);
}

function problem(config: Config, key: string, message: string): ConfigError {
  return new ConfigError([{ file: config.file, line: null, column: null, key, message }]);
}
