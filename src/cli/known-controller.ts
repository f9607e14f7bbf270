import { existsSync } from 'node:fs';
import { controllerIn, loadConfig } from '../config';
import type { ControllerAddress } from '../config/controller-address';

/** Of the commands that read the file only where there is one. */
const USUAL_FILE = 'landfall.yaml';

/**
 * `controller:` for a command that needs nothing else of the configuration.
 * @returns null when the file does not say, or is the usual one and is missing: a person may be anywhere
 * @throws ConfigError for a file that was named and is missing, and for one that cannot be read
 */
export function knownController(file: string): ControllerAddress | null {
  if (file !== USUAL_FILE && !existsSync(file)) loadConfig(file);
  return controllerIn(file);
}
