import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** With the process id of the run. Short, because tests make sockets below it. */
const NAME = /^landfall-(\d+)$/;

/** Makes the folder of this run for temporary files, and removes the folders that killed runs have left. */
export function runFolder(): string {
  const folder = join(tmpdir(), `landfall-${process.pid}`);
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    const isLeft = pid === String(process.pid) || (pid !== undefined && !existsSync(`/proc/${pid}`));
    if (isLeft) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}
