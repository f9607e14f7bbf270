import { PYTHON3 } from './python3';
import { type Ran, type RunOptions, runCommand } from './run-command';

/** A person at a terminal: waits for a text, and then types keys. */
export interface Typed {
  /** A regular expression of Python. The text before the last keys counts no more. */
  after: string;
  keys: string;
}

export const CTRL_C = '\x03';

const PERSON = `import json, os, pty, re, sys
typed = json.loads(sys.argv[1])
seen = b''
def read(fd):
    global seen
    data = os.read(fd, 1024)
    seen += data
    if typed and re.search(typed[0]['after'].encode(), seen):
        os.write(fd, typed.pop(0)['keys'].encode())
        seen = b''
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b'')))`;

/** Runs a program on a terminal of its own, with a person who types. */
export function onTerminal(command: string[], typed: Typed[], options: RunOptions): Promise<Ran> {
  return runCommand(PYTHON3, ['-I', '-c', PERSON, JSON.stringify(typed), ...command], options);
}
