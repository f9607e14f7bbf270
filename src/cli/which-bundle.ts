/**
 * Commands that need SSH or the worker's half of the SDK. They have a bundle of their own, because both are large.
 * The build fails for a command that needs them and is not in this list.
 */
export const CONTROLLER_COMMANDS = ['adopt', 'dev', 'eject', 'env', 'setup', 'up', 'worker'];

/** @param words the command line without node and its script */
export function isForController([command = '']: string[]): boolean {
  return CONTROLLER_COMMANDS.includes(command);
}

/** The longest starts, and those that a person waits for: they compile all that is worth to be kept. */
const COMPILES_MOST = ['deploy', 'plan', 'rollback', 'restart', 'status', 'doctor'];

/** @param words the command line without node and its script */
export function compilesMost([command = '']: string[]): boolean {
  return COMPILES_MOST.includes(command);
}
