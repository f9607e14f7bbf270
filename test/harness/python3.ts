import { execFileSync } from 'node:child_process';

/** The interpreter itself: where versions are managed, `python3` is a script that looks for it at every start. */
export const PYTHON3 = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();
