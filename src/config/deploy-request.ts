import { ConfigError } from './config-error';
import type { DeployInput, DoctorInput } from './deploy-input';
import type { Config, Environment } from './load-config';
import { parseRef } from './ref';
import { nearest } from './suggest';

/** The request of the command line. */
export type DeployRequest = DeployInput['source'] &
  Pick<DeployInput, 'environment' | 'by' | 'ciRun' | 'fixForward' | 'takeOver' | 'stopFirst'>;

/**
 * The input of the doctor and repair workflows. Pure.
 * @throws ConfigError for an environment that landfall.yaml does not have
 */
export function doctorInput(
  config: Config,
  { environment, by, takeOver }: Pick<DoctorInput, 'environment' | 'by' | 'takeOver'>,
): DoctorInput {
  const { service, hosts, settings } = environmentOf(config, environment);
  return { service, environment, hosts, settings, by, takeOver };
}

/**
 * The workflow's argument. Pure; equal requests give equal inputs.
 * @throws ConfigError for an environment that landfall.yaml does not have, or a ref that Git could not have
 */
export function deployInput(config: Config, request: DeployRequest): DeployInput {
  const { repository, path } = config;
  const { batch } = environmentOf(config, request.environment);
  const { ciRun, fixForward, stopFirst } = request;
  return {
    ...doctorInput(config, request),
    source: sourceOf(config, request),
    repository,
    path,
    batch,
    ciRun,
    fixForward,
    ...(stopFirst && { stopFirst }),
  };
}

function sourceOf(config: Config, request: DeployRequest): DeployInput['source'] {
  if ('ref' in request) return { ref: checkedRef(config, request.ref) };
  if ('restart' in request) return { restart: true };
  return { previous: true, soak: request.soak ?? false };
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

/** Refuses what cannot be deployed from any repository; whether the ref exists is asked later. */
function checkedRef(config: Config, ref: string): string {
  const wanted = parseRef(ref);
  if (wanted.kind !== 'refused') return ref;
  throw problem(config, '', `${JSON.stringify(ref.slice(0, 60))} cannot be deployed: ${wanted.because}`);
}

function problem(config: Config, key: string, message: string): ConfigError {
  return new ConfigError([{ file: config.file, line: null, column: null, key, message }]);
}
