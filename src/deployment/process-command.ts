/** How the command of a process is run. Pure. */

/** A shell that would wait for the command takes its signals, and the command would not be told to finish. */
const NEEDS_THE_SHELL = /[;&|<>()#]|^\s*\w+=/;

/** Whether a command is one program: the shell becomes it, and words at its end are its own. */
export function isOneProgram(command: string | string[]): boolean {
  return typeof command !== 'string' || !NEEDS_THE_SHELL.test(command);
}

/** A text runs in a shell, which becomes the command where that is one program. */
export function wordsOf(command: string | string[]): string[] {
  if (typeof command !== 'string') return command;
  return ['/bin/sh', '-c', isOneProgram(command) ? `exec ${command}` : command];
}
