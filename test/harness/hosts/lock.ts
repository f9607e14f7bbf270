import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs `work` while no other process holds the same lock file; waits for its turn.
 * `flock` holds the lock and ends with its standard input. So the kernel frees the lock when this process dies, and
 * no lock is ever stale.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const held = once(holder.stdout, 'data').then(() => true);
  // `ended` also rejects when there is no flock on this machine.
  if (!(await Promise.race([held, ended.then(() => false)]))) throw new Error(`Could not lock ${file}.`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
