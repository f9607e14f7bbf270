import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config';
import { CommandError } from './exit-codes';

/**
 * Reads the `landfall.yaml` of a service.
 * @throws ConfigError; CommandError when the file describes another service
 */
export function configOf(service: string, file: string): Config {
  const config = loadConfig(resolve(file));
  if (config.service === service) return config;
  throw new CommandError([
    `${file} describes the service ${config.service}, not ${service}.`,
    `Name ${config.service}, or the file of ${service} with --config.`,
  ]);
}
