import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Kills a child when this process dies in whatever way: the kernel then closes the watcher's standard input.
 * The watcher does not keep this process from ending.
 */
export function endWithUs(child: ChildProcess): void {
  const watcher = spawn('sh', ['-c', 'cat; kill -KILL "$1"', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Out of reach of a Ctrl-C, which would end the watcher before its time.
    detached: true,
  });
  // The process id may belong to another process by then.
  child.once('exit', () => watcher.kill('SIGKILL'));
  watcher.unref();
  (watcher.stdin as Socket | null)?.unref();
}
