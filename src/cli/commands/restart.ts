import { type DeployOptions, deploy } from './deploy';

/**
 * `landfall restart`: a deploy of the live release once more, with its kept settings and the newest environment.
 * @returns the exit code
 */
export async function restartCommand(service: string, options: DeployOptions): Promise<number> {
  return deploy(service, { ...options, again: true }, { restart: true });
}
